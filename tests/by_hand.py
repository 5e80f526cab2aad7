"""What the long runs that are started by hand share: how often, from which seed, and the counts at the end."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local_vertex.server import RunningServer, start


def print_counts(description: str | None, what: str, often: int, run: Callable[[int, int], Mapping[str, int]]) -> None:
    """Run as often as the command line says, and print what happened.

    Args:
        description: Help of the command.
        what: Name of the option that says how often.
        often: How often by default.
        run: Takes how often and the seed, and returns counts by what was counted.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(f"--{what}", dest="often", type=int, default=often)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started = time.perf_counter()
    counts = run(asked.often, asked.seed)
    sys.stdout.write(f"{time.perf_counter() - started:,.0f} s, seed {asked.seed}\n")
    for name, count in sorted(counts.items()):
        sys.stdout.write(f"{count:>10,}  {name}\n")


@contextmanager
def own_server() -> Iterator[RunningServer]:
    """A local Vertex of its own, to which this process's environment leads Google's clients from now on."""
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder), ephemeral=True, idle_shutdown_s=3600)
        os.environ.update(server.environment())
        try:
            yield server
        finally:
            server.stop()
