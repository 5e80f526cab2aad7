"""`python -m benchmarks.paired_comparison`: the statistics of an evaluation against plain resampling in numpy."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.processes import machine
from components.evaluation.statistics.paired import paired_difference

ROWS = 5_000
RESAMPLES = 10_000
RESAMPLED_AT_ONCE = 100


def seconds(work: Callable[[], object], rounds: int) -> float:
    """Processor time of the fastest round after one that is not counted."""
    work()
    used = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        used.append(time.process_time() - started)
    return min(used)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="example: python -m benchmarks.paired_comparison --rounds 10"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the fastest counts")
    asked = parser.parse_args(arguments)
    generator = np.random.default_rng(7)
    first, second = generator.random(ROWS), generator.random(ROWS)

    def resample() -> None:
        difference = first - second
        for _ in range(RESAMPLES // RESAMPLED_AT_ONCE):
            difference[generator.integers(0, ROWS, (RESAMPLED_AT_ONCE, ROWS), dtype=np.int32)].mean(1)

    def compare() -> None:
        paired_difference(first, second, confidences=[0.95], resamples=RESAMPLES, seed=7)

    ours, plain = seconds(compare, asked.rounds), seconds(resample, asked.rounds)
    sys.stdout.write(f"{machine()}; fastest of {asked.rounds}\n")
    sys.stdout.write(f"paired comparison of {ROWS:,} rows: {ours / plain:.2f} times plain resampling\n")


if __name__ == "__main__":
    main()
