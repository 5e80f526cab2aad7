"""`python -m benchmarks.paired_comparison`: the statistics of an evaluation against plain resampling in numpy."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.processes import machine
from components.evaluation.statistics.paired import compare, measure

ROWS = 5_000
RESAMPLES = 10_000
METRICS = 5
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
    columns = {f"metric {number}": [generator.random(ROWS), generator.random(ROWS)] for number in range(METRICS)}

    def resample() -> None:
        difference = columns["metric 0"][0] - columns["metric 0"][1]
        for _ in range(RESAMPLES // RESAMPLED_AT_ONCE):
            difference[generator.integers(0, ROWS, (RESAMPLED_AT_ONCE, ROWS), dtype=np.int32)].mean(1)

    def evaluate() -> None:
        for ours, theirs in measure(columns, resamples=RESAMPLES, seed=7).values():
            ours.interval(0.95)
            theirs.interval(0.95)
            compare(ours, theirs, confidences=[0.95], resamples=RESAMPLES, seed=7)

    ours, plain = seconds(evaluate, asked.rounds), seconds(resample, asked.rounds)
    sys.stdout.write(f"{machine()}; fastest of {asked.rounds}\n")
    sys.stdout.write(
        f"{METRICS} metrics of two models on {ROWS:,} rows, {RESAMPLES:,} resamples, intervals of both and of the "
        f"difference, permutation tests: {ours:.1f} s, {ours / plain:.2f} times plain resampling of one difference\n"
    )


if __name__ == "__main__":
    main()
