"""`python -m local_vertex`: a server in the foreground."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from local_vertex.calls import ServiceError
from local_vertex.process import Options, serve
from local_vertex.server import LocalVertexError
from local_vertex.settings import CHOICES, Settings

_START_FAILED = 5


def main(arguments: list[str] | None = None) -> int:
    """Serve until stopped; the exit status, 5 when the server could not start."""
    parser = argparse.ArgumentParser(prog="python -m local_vertex", description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True, help="where everything is kept")
    parser.add_argument("--port", type=int, default=0, help="port, 0 lets the system choose (default)")
    parser.add_argument("--host", default="127.0.0.1", help="address to bind to (default 127.0.0.1)")
    parser.add_argument("--allow-non-loopback", action="store_true", help="let other machines reach the server")
    parser.add_argument("--ephemeral", action="store_true", help="forget everything when the server ends")
    parser.add_argument("--idle-shutdown", type=int, metavar="SECONDS", help="end after so long without requests")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="JSON file with a plan of failures on demand")
    parser.add_argument("--concurrent-tuning-jobs", type=int, metavar="N", help="quota of each project (default 2)")
    for name, choices in CHOICES.items():
        parser.add_argument(f"--{name.replace('_', '-')}", choices=choices, help="see local_vertex/README.md")
    parser.add_argument("--ready-fd", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    tell = _teller(given.ready_fd)
    options = Options(
        given.state_dir,
        given.port,
        given.host,
        given.allow_non_loopback,
        given.ephemeral,
        given.idle_shutdown,
        given.faults,
        tell,
        _settings(parser, given),
    )
    try:
        serve(options)
    except LocalVertexError as error:
        if given.ready_fd is not None:
            tell({"code": error.code, "message": error.message, "next_step": error.next_step})
        print(f"{error}; {error.next_step}", file=sys.stderr)
        return _START_FAILED
    return 0


def _settings(parser: argparse.ArgumentParser, given: argparse.Namespace) -> Settings:
    settings = Settings()
    chosen = {name: getattr(given, name) for name in settings.to_record() if getattr(given, name) is not None}
    try:
        settings.change(chosen)
    except ServiceError as error:
        parser.error(error.message)
    return settings


def _teller(descriptor: int | None) -> Callable[[dict[str, str | int]], None]:
    """Writes one line to the process that started this one, or to the terminal."""

    def tell(record: dict[str, str | int]) -> None:
        if descriptor is None:
            print(f"local Vertex {record['version']} listens at {record['base_url']}", flush=True)
        else:
            os.write(descriptor, json.dumps(record).encode() + b"\n")
            os.close(descriptor)

    return tell


if __name__ == "__main__":
    sys.exit(main())
