"""`python -m benchmarks`: what the parts cost, as ratios measured in one run on this machine."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from components.dataset_validation.checks.limits import strictest_limits
from components.dataset_validation.lines.data_file import local_file
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.validator import validate_dataset
from components.evaluation.statistics import paired_difference
from pipelines.catalogue import catalogue

ROUNDS = 5
ROWS = 20_000


def median_seconds(work: Callable[[], object]) -> float:
    """Median wall time of a few rounds after one that is not counted."""
    work()
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        rounds.append(time.perf_counter() - started)
    return statistics.median(rounds)


def write_dataset(path: Path, rows: int) -> None:
    """A dataset of plain classification examples, no two alike."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            prompt = f"Ticket {number}: the export of report {number * 7919 % rows} ends after {number % 60} seconds."
            turns = [
                {"role": "user", "parts": [{"text": prompt}]},
                {"role": "model", "parts": [{"text": f"class-{number % 20}"}]},
            ]
            file.write(json.dumps({"contents": turns}) + "\n")


def validation_ratio(folder: Path) -> tuple[str, float, float]:
    """Validating a file against parsing it with the standard library."""
    train, test = folder / "train.jsonl", folder / "test.jsonl"
    write_dataset(train, ROWS)
    write_dataset(test, 200)
    limits = strictest_limits({"gemini-2.5-flash": catalogue({})["gemini-2.5-flash"]})

    def parse() -> None:
        with train.open("rb") as file:
            for line in file:
                json.loads(line)

    def validate() -> None:
        validate_dataset({"train": [local_file(train)], "test": [local_file(test)]}, ValidationSettings(), limits)

    return f"validate {ROWS:,} rows / json.loads", median_seconds(validate), median_seconds(parse)


def statistics_ratio() -> tuple[str, float, float]:
    """A paired comparison with 10,000 resamples against one pass over the resamples in numpy."""
    generator = np.random.default_rng(7)
    first, second = generator.random(5000), generator.random(5000)

    def resample() -> None:
        difference = first - second
        for _ in range(100):
            difference[generator.integers(0, 5000, (100, 5000), dtype=np.int32)].mean(1)

    def compare() -> None:
        paired_difference(first, second, confidences=[0.95], resamples=10_000, seed=7)

    return "paired comparison of 5,000 rows / plain resampling", median_seconds(compare), median_seconds(resample)


def main() -> None:
    """Print the table."""
    table = Table(box=None, header_style="bold")
    for heading in ("what / compared with", "seconds", "compared", "ratio"):
        table.add_column(heading, justify="left" if heading.startswith("what") else "right")
    with tempfile.TemporaryDirectory() as folder:
        for name, ours, other in (validation_ratio(Path(folder)), statistics_ratio()):
            table.add_row(name, f"{ours:.3f}", f"{other:.3f}", f"{ours / other:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
