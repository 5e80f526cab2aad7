"""`python -m benchmarks.near_duplicates`: time and memory of the search, recall and precision against an exact join."""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.sparse import csr_matrix

from benchmarks.mixed_dataset import prompts
from benchmarks.processes import machine, measure
from components.dataset_validation.lines.data_file import local_file
from components.dataset_validation.near_duplicates.pairs import near_pairs
from components.dataset_validation.near_duplicates.prompts import read_prompts

SIMILARITY = 0.6
ROWS_AT_ONCE = 2_000
SEARCH = """
import sys
from pathlib import Path
from components.dataset_validation.lines.data_file import local_file
from components.dataset_validation.near_duplicates.pairs import near_pairs
from components.dataset_validation.near_duplicates.prompts import read_prompts
near_pairs(read_prompts({"train": [local_file(Path(sys.argv[1]))]}), 0.6)
"""
READ = "import json, sys\nfor line in open(sys.argv[1], 'rb'): json.loads(line)"
WORDS = re.compile(r"\w+")
Pairs = set[tuple[int, int]]


def planted(count: int, seed: int = 5) -> Iterator[str]:
    """Prompts of about 200 characters, of which one in eight is an earlier one with one to six words changed."""
    generator = random.Random(seed)
    words = ["".join(generator.choices("abcdefghijklmnopqrstuvwxyz", k=generator.randint(2, 10))) for _ in range(8000)]
    kept: list[list[str]] = []
    for _ in range(count):
        if kept and generator.random() < 0.125:
            text = list(generator.choice(kept))
            for _ in range(generator.randint(1, 6)):
                text[generator.randrange(len(text))] = generator.choice(words)
        else:
            text = generator.choices(words, k=28)
        if len(kept) < 50_000:
            kept.append(text)
        else:
            kept[generator.randrange(len(kept))] = text
        yield " ".join(text)


def write(path: Path, texts: Iterator[str]) -> None:
    """The prompts as a dataset."""
    with path.open("w", encoding="utf-8") as file:
        for text in texts:
            turns = [{"role": "user", "parts": [{"text": text}]}, {"role": "model", "parts": [{"text": "yes"}]}]
            file.write(json.dumps({"contents": turns}) + "\n")


def exact_pairs(texts: list[str]) -> Pairs:
    """All pairs that share enough of their word pairs, by comparing every text with every other; nothing is hashed."""
    numbers: dict[tuple[str, ...], int] = {}
    columns, ends = [], [0]
    for text in texts:
        words = WORDS.findall(text.casefold())
        found = set(pairwise(words)) if len(words) > 1 else {(word,) for word in words or [text]}
        columns += [numbers.setdefault(pair, len(numbers)) for pair in found]
        ends.append(len(columns))
    matrix = csr_matrix((np.ones(len(columns), np.int32), columns, ends), shape=(len(texts), len(numbers)))
    sizes: NDArray[np.int64] = np.diff(np.array(ends))
    turned = matrix.T.tocsr()
    pairs: Pairs = set()
    for begin in range(0, len(texts), ROWS_AT_ONCE):
        common = (matrix[begin : begin + ROWS_AT_ONCE] @ turned).tocoo()
        first, second = common.row + begin, common.col
        near = (first < second) & (common.data >= SIMILARITY * (sizes[first] + sizes[second] - common.data))
        pairs.update(zip(first[near].tolist(), second[near].tolist(), strict=True))
    return pairs


def compare(path: Path, name: str, table: Table) -> None:
    """A row for pairs and one for prompts with an earlier twin, against the exact join."""
    found = near_pairs(read_prompts({"train": [local_file(path)]}), SIMILARITY)
    ours = set(zip(found.first.tolist(), found.second.tolist(), strict=True))
    texts = list(prompts(path))
    truth = exact_pairs(texts)
    later = {second for _, second in truth}, {second for _, second in ours}
    for what, right, reported in (("pairs", truth, ours), ("prompts with an earlier twin", *later)):
        hits = len(right & reported)  # type: ignore[operator]
        recall, precision = hits / max(len(right), 1), hits / max(len(reported), 1)
        table.add_row(f"{name}, {len(texts):,} prompts", what, f"{len(right):,}", f"{recall:.3f}", f"{precision:.3f}")


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="example: python -m benchmarks.near_duplicates --prompts 1000000 --real data/banking77/train.jsonl",
    )
    parser.add_argument("--prompts", type=int, nargs="*", default=[100_000], help="sizes whose search is timed")
    parser.add_argument("--compared", type=int, default=100_000, help="generated prompts for recall; 0 for none")
    parser.add_argument("--real", type=Path, nargs="*", default=[], help="datasets for recall on real texts")
    asked = parser.parse_args(arguments)
    console = Console(width=140)
    console.print(f"{machine()}; word pairs, Jaccard from {SIMILARITY}", highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.jsonl"
        for count in asked.prompts:
            write(path, planted(count))
            reading, search = measure(READ, arguments=[str(path)]), measure(SEARCH, arguments=[str(path)])
            ratio = search.cpu_seconds / reading.cpu_seconds
            console.print(
                f"{count:,} prompts: {search.seconds:.1f} s, {search.cpu_seconds:.1f} s of processor time, "
                f"{ratio:.1f} times json.loads of every line, {search.peak / 1e6:.0f} MB in all processes",
                highlight=False,
            )
        table = Table(box=None, header_style="bold")
        for heading in ("texts", "counted", "exact", "recall", "precision"):
            table.add_column(heading, justify="left" if heading in ("texts", "counted") else "right")
        if asked.compared:
            write(path, planted(asked.compared))
            compare(path, "generated", table)
        for real in asked.real:
            compare(real, real.name, table)
        console.print(table)


if __name__ == "__main__":
    main()
