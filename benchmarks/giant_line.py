"""`python -m benchmarks.giant_line`: a file that is one line of 10 GB, validated in bounded memory."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.processes import Measured, machine, measure

BEGINNING = b'{"contents": [{"role": "user", "parts": [{"text": "' + b"x" * (1 << 20)
PROGRAM = """
from pipelines.cli.main import app
words = ["validate", "--train", {path!r}, "--workers", "{workers}", "--json", "--output", {output!r}]
assert app(words, standalone_mode=False) == 3
"""


def write(path: Path, size: int) -> None:
    """A file of so many bytes without a line end; sparse, so that it takes no space on most file systems."""
    with path.open("wb") as file:
        file.write(BEGINNING)
        file.truncate(size)


def validated(path: Path, workers: int, output: Path) -> Measured:
    """What `retune validate` costs in a fresh process."""
    return measure(PROGRAM.format(path=str(path), workers=workers, output=str(output)))


def _read(path: Path) -> float:
    started = time.perf_counter()
    with path.open("rb", buffering=0) as file:
        while file.read(4 << 20):
            pass
    return time.perf_counter() - started


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="example: python -m benchmarks.giant_line --gigabytes 10"
    )
    parser.add_argument("--gigabytes", type=int, default=10)
    asked = parser.parse_args(arguments)
    sys.stdout.write(f"{machine()}; one line of {asked.gigabytes} GB\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.jsonl"
        write(path, asked.gigabytes * 10**9)
        _read(path)  # brings it into the page cache, from which all that is compared then reads
        reading = _read(path)
        for workers in (1, 2):
            seconds, _, peak = validated(path, workers, Path(folder) / "report.json")
            ratio = f"{seconds / reading:.1f} times reading it"
            sys.stdout.write(f"{workers} process(es): {seconds:.1f} s, {ratio}, {peak / 1e6:.0f} MB of memory\n")


if __name__ == "__main__":
    main()
