"""`python -m tests.lost_answers --rows 10000 --kills 20`: while the service fails, the asking is killed."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.lost_answers.rounds import ask_and_kill


def main() -> None:
    """Ask, kill, check, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        counts = ask_and_kill(Path(folder), asked.rows, asked.kills, asked.seed, patch)
    sys.stdout.write(f"{time.perf_counter() - started:,.0f} s\n")
    for what, count in counts.items():
        sys.stdout.write(f"{count:>10,}  {what}\n")


if __name__ == "__main__":
    main()
