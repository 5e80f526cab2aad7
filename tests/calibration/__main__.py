"""`python -m tests.calibration`: how often equal models are told apart, and how often a difference is found."""

from __future__ import annotations

import argparse
import sys
import time

from tests.calibration.models import KINDS, QUALITY, population, quality_for
from tests.calibration.simulation import simulate

ROWS = 500
MARGIN = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="example: python -m tests.calibration --comparisons 200"
    )
    parser.add_argument("--comparisons", type=int, default=1_000, help="of each kind, a multiple of 50")
    parser.add_argument("--resamples", type=int, default=4_000)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seed", type=int, default=0, help="another one draws other models and test sets")
    asked = parser.parse_args()
    sampling = {"comparisons": asked.comparisons, "rows": asked.rows, "resamples": asked.resamples}
    sys.stdout.write(
        f"{asked.comparisons:,} comparisons of each kind, {asked.rows} rows, seed {asked.seed}, gate at 95 %\n"
    )
    sys.stdout.write(
        "| metric | promoted, equal models | stated MDE, points | found at the MDE | s |\n|---|---|---|---|---|\n"
    )
    first = 1000 * asked.seed
    for number, kind in enumerate(KINDS):
        started = time.process_time()
        equal = simulate(kind, QUALITY, seed=first + 100 + number, **sampling)
        found = simulate(kind, quality_for(kind, equal.mde), seed=first + 200 + number, **sampling)
        used = time.process_time() - started
        sys.stdout.write(
            f"| {kind} | {equal.promoted:.1%} | {equal.mde * 100:.2f} | {found.promoted:.1%} | {used:.0f} |\n"
        )
        sys.stdout.flush()
    sys.stdout.write(f"\nnot worse than the champion by {MARGIN * 100:.0f} points, truly worse by exactly that:\n")
    for number, kind in enumerate(("right or wrong", "fraction (token F1, ROUGE)", "grades of a judge")):
        quality = quality_for(kind, -MARGIN)
        at_margin = simulate(kind, quality, seed=first + 300 + number, margin=MARGIN, **sampling)
        truly = population(kind, quality) - population(kind, QUALITY)
        sys.stdout.write(f"| {kind} | {truly * 100:+.2f} | {at_margin.promoted:.1%} |\n")


if __name__ == "__main__":
    main()
