"""A slice of the fuzz run: every mutated line ends in a reading or findings, and all ways to read it agree."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from components.dataset_validation.engine.chunk import Chunk
from components.dataset_validation.engine.chunk_reader import ChunkReader
from components.dataset_validation.engine.known_prompts import KnownPrompts
from tests.fuzz.batches import LIMITS, compare, read_batch, read_file
from tests.fuzz.lines import mutated_lines, read_line


def test_mutated_lines_are_read_or_refused(tmp_path: Path) -> None:
    found: Counter[str] = Counter()
    lines = list(mutated_lines(seed=7, count=5_000))
    exact = [read_line(line, found) for line in lines]
    # The slice says nothing unless all three ways are taken and many rules fire.
    assert min(found["(fast)"], found["(exact)"], found["(refused)"]) > 150
    assert len(found) > 25
    for seed in range(5):
        read_batch(lines[seed * 1000 : (seed + 1) * 1000], exact[seed * 1000 : (seed + 1) * 1000], seed)
    read_file(tmp_path / "lines.jsonl", lines, exact, 100_000)


@pytest.mark.parametrize("changed", [0, 999])
def test_a_difference_is_seen(changed: int) -> None:
    lines = list(mutated_lines(seed=8, count=1000))
    exact = [read_line(line, Counter()) for line in lines]
    lines[changed] = b"" if lines[changed].strip() else b"broken"
    with pytest.raises(AssertionError):
        compare(ChunkReader(LIMITS, KnownPrompts([], [])).read(Chunk(b"\n".join(lines) + b"\n")), exact)
