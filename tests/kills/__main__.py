"""`python -m tests.kills --kills 200`: kills local Vertex so often, and prints what was confirmed and what was not."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.kills.rounds import kill_rounds


def main() -> None:
    """Run the rounds and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        counts = kill_rounds(Path(folder), asked.kills, asked.seed)
    sys.stdout.write(f"{time.perf_counter() - started:,.0f} s\n")
    for what, count in counts.items():
        sys.stdout.write(f"{count:>10,}  {what}\n")


if __name__ == "__main__":
    main()
