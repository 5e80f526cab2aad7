"""Reads many lines at once through the engine and compares what it says with the exact reader, line by line."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from components.dataset_validation.checks.limits import strictest_limits
from components.dataset_validation.engine import chunk_reader
from components.dataset_validation.engine.chunk import Chunk, ranges
from components.dataset_validation.engine.chunk_reader import TEST_ANSWER, ChunkReader
from components.dataset_validation.engine.chunk_result import ChunkResult
from components.dataset_validation.engine.known_prompts import KnownPrompts
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.findings.finding_log import KEPT_PER_RULE
from components.dataset_validation.lines.reading import Reading
from components.dataset_validation.media.line_checks import LineChecks
from pipelines.catalogue import catalogue

Exact = tuple[Reading | None, list[Problem]]
"""What the exact reader says about a line."""


LIMITS = strictest_limits({"gemini-2.5-flash": catalogue({})["gemini-2.5-flash"]})
"""Limits of the service, above which no fuzzed line is."""


def read_batch(lines: Sequence[bytes], exact: Sequence[Exact], seed: int) -> None:
    """Read the lines as one chunk, with blocks and line ends of a drawn kind.

    Args:
        lines: Lines without line ends.
        exact: What the exact reader says about each.
        seed: Chooses size of the blocks and whether the last line ends.

    Raises:
        AssertionError: The engine says something else than the exact reader.
    """
    generator = random.Random(seed)
    data = b"\n".join(lines) + (b"\n" if not lines[-1] or generator.random() < 0.5 else b"")
    known = dict(zip(lines, exact, strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunk_reader, "BLOCK_BYTES", generator.choice([100, 5_000, 40_000, 1 << 18]))
        # What the exact reader says of a line was asked before; which lines it is asked about is the question here.
        patch.setattr(chunk_reader, "read_exactly", lambda line: known[line])
        result = ChunkReader(LIMITS, KnownPrompts([], [])).read(Chunk(data))
    compare(result, exact)


def read_file(path: Path, lines: Sequence[bytes], exact: Sequence[Exact], chunk_bytes: int) -> None:
    """Write the lines to a file, read it in chunks of so many bytes and compare each chunk.

    Raises:
        AssertionError: The engine says something else than the exact reader.
    """
    path.write_bytes(b"\n".join(lines) + b"\n")
    seen = 0
    for chunk in ranges(path, path.stat().st_size, chunk_bytes):
        result = ChunkReader(LIMITS, KnownPrompts([], [])).read(chunk)
        compare(result, exact[seen : seen + result.lines])
        seen += result.lines
    assert seen == len(lines)


def compare(result: ChunkResult, exact: Sequence[Exact]) -> None:
    """Hold a chunk's result against what the exact reader says about its lines.

    Raises:
        AssertionError: They differ.
    """
    counts: Counter[str] = Counter()
    first: dict[str, list[tuple[int, Problem]]] = {}
    files, checks = Counter[str](), LineChecks(LIMITS)
    for number, (reading, problems) in enumerate(exact, start=1):
        found = list(problems)
        if reading is not None and not reading.answers_in_text:
            found.append(Problem(TEST_ANSWER, "the answer has neither a text nor a function call"))
        if reading is not None:
            found += checks.check(reading.files, files)
        for problem in found:
            counts[problem.code] += 1
            first.setdefault(problem.code, []).append((number, problem))
    assert result.lines == len(exact)
    assert result.findings.counts == counts
    assert result.findings.first == {code: places[:KEPT_PER_RULE] for code, places in first.items()}
    assert list(result.broken) == [number for number, (reading, _) in enumerate(exact, start=1) if reading is None]
    readings = [reading for reading, _ in exact if reading is not None]
    # Whatever is hashed and how: rows are alike for the engine exactly where their texts are.
    _same_classes(result.contexts, [(reading.system, reading.prompt) for reading in readings])
    _same_classes(result.answers, [reading.answer for reading in readings])
    assert result.prompt_chars.total == sum(len(reading.prompt) for reading in readings)
    assert result.answer_chars.total == sum(len(reading.answer) for reading in readings)
    assert result.files == files
    assert files.total() == sum(len(reading.files) for reading in readings)


def _same_classes(hashes: Sequence[int], texts: Sequence[object]) -> None:
    assert len(hashes) == len(texts)
    assert len(set(hashes)) == len(set(texts)) == len(set(zip(hashes, texts, strict=True)))
