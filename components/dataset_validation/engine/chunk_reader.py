"""Reads the lines of one chunk: this is where the time goes, so the usual line takes the shortest way."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from xxhash import xxh3_64_intdigest

from components.base_models.facts import Limits
from components.dataset_validation.engine.chunk import Chunk
from components.dataset_validation.engine.chunk_result import (
    SYSTEMS_COUNTED,
    SYSTEMS_PLACED,
    ChunkResult,
    line_numbers,
)
from components.dataset_validation.engine.extremes import Extremes
from components.dataset_validation.engine.histogram import Histogram
from components.dataset_validation.engine.known_prompts import KnownPrompts, known_hashes
from components.dataset_validation.engine.text_sample import TextSample
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.lines.exact_line import read_exactly
from components.dataset_validation.lines.line_texts import LineTexts, files_of, texts_of
from components.dataset_validation.lines.media_file import MediaFile
from components.dataset_validation.lines.read_block import read_block
from components.dataset_validation.lines.reading import Reading
from components.dataset_validation.lines.tokens import BYTES_PER_TOKEN, media_tokens
from components.dataset_validation.media.line_checks import LineChecks

BLOCK_BYTES = 1 << 19
TEST_ANSWER = "DATA-TEST-ANSWER"
"""Code of the rule for answers without a text, which is about the test split only."""
_ESTIMATE_MARGIN = 1.3
"""Prose has up to 30 % more tokens than `tokens.estimate_tokens` says."""
_NO_SYSTEM = xxh3_64_intdigest(b"")


class Bounds(NamedTuple):
    """What was read so far says which part of a chunk's result can still count.

    Attributes:
        sample: Larger hashes are not drawn for the sample.
        answers: The hashes of the answers that are counted; empty as long as all are.
    """

    sample: int
    answers: bytes


NO_BOUNDS = Bounds((1 << 64) - 1, b"")


@lru_cache(maxsize=1)
def _hashes(packed: bytes) -> frozenset[int]:
    return frozenset(array("Q", packed))


class ChunkReader:
    """Reads one chunk.

    Args:
        limits: The service's limits, for the tokens of an example.
        known: Prompts of other splits to look for; without any, the prompts of this one are kept.
        bounds: What need not be told, because chunks before this one said enough.
    """

    def __init__(self, limits: Limits, known: KnownPrompts, bounds: Bounds = NO_BOUNDS) -> None:
        self._limits = limits
        self._known = known
        self._bounds = bounds
        self._line_checks = LineChecks(limits)
        self._result = ChunkResult(TextSample(bounds.sample))
        self._sizes, self._turns, self._prompt_chars, self._answer_chars = (array("I") for _ in range(4))
        self._media_tokens: dict[int, int] = {}
        self._system, self._system_seed = b"", (0, 0)
        self._blocks = 1.0

    def read(self, chunk: Chunk) -> ChunkResult:
        """What the lines of the chunk say."""
        lines, result, number = chunk.read(), self._result, 0
        self._blocks = len(lines.data) / BLOCK_BYTES
        for block in lines.blocks(BLOCK_BYTES):
            if b"\r" in block:
                result.line_ends += block.count(b"\r\n")
            number = self._read_block(block, number)
        if lines.oversized:
            number += 1
            result.rows += 1
            result.broken.append(number)
            result.findings.add(number, Problem("DATA-LINE-SIZE", "the line is longer than 32 MiB"))
        result.lines = number
        result.rows += len(result.contexts)
        tokens = -(-np.frombuffer(self._sizes, np.uint32).astype(np.int64) // BYTES_PER_TOKEN)
        for row, more in self._media_tokens.items():
            tokens[row] += more
        self._check_tokens(tokens)
        result.tokens = Histogram(tokens)
        result.turns = Histogram(np.frombuffer(self._turns, np.uint32))
        prompt_chars, answer_chars = (
            np.frombuffer(chars, np.uint32) for chars in (self._prompt_chars, self._answer_chars)
        )
        result.prompt_chars, result.prompt_extremes = Histogram(prompt_chars), Extremes(prompt_chars)
        result.answer_chars, result.answer_extremes = Histogram(answer_chars), Extremes(answer_chars)
        return result

    def _read_block(self, block: bytes, number: int) -> int:
        """Read the lines of a block, of which the first is the one after `number`; returns the last one's number."""
        valid: list[LineTexts] = []
        rows_before = len(self._result.contexts)
        found = read_block(block)
        for line, one in enumerate(found, start=number + 1):
            row = rows_before + len(valid)
            if isinstance(one, tuple):
                if one[6]:
                    self._add_files(line, row, files_of(one), "")
                valid.append(one)
                continue
            reading = self._read_exactly(line, one) if isinstance(one, bytes) else one
            if reading is not None:
                self._add(line, row, reading)
                valid.append(texts_of(reading))
        if valid:
            self._keep(valid)
        return number + len(found)

    def _read_exactly(self, number: int, line: bytes) -> Reading | None:
        reading, problems = read_exactly(line)
        for problem in problems:
            self._result.findings.add(number, problem)
        if reading is None:
            self._result.broken.append(number)
            self._result.rows += bool(line.strip())
        return reading

    def _add(self, number: int, row: int, reading: Reading) -> None:
        if not reading.answers_in_text:
            problem = Problem(TEST_ANSWER, "the answer has neither a text nor a function call")
            self._result.findings.add(number, problem)
        if reading.files or reading.media_resolution:
            self._add_files(number, row, reading.files, reading.media_resolution)

    def _add_files(self, number: int, row: int, files: Sequence[MediaFile], resolution: str) -> None:
        result = self._result
        result.resolutions.setdefault(resolution, row)
        self._media_tokens[row] = media_tokens(files, resolution)
        for problem in self._line_checks.check(files, result.files):
            result.findings.add(number, problem)

    def _keep(self, valid: Sequence[LineTexts]) -> None:
        """Keep of the examples of a block what later checks need; whole lists at a time, which is twice as fast."""
        result = self._result
        prompts, answers, systems, turns, prompt_chars, answer_chars, _, tails = zip(*valid, strict=True)
        row, rows = len(result.contexts), len(prompts)
        chars = np.array(answer_chars, np.uint32)
        if self._known:
            self._known.note_first(prompts, tails, row, result.found)
        else:
            whole_hashes, tail_hashes = known_hashes(prompts)
            result.prompts.extend(whole_hashes)
            result.tails.extend(tail_hashes)
        sizes = np.fromiter(map(len, prompts), np.uint32, rows) + np.fromiter(map(len, answers), np.uint32, rows)
        seeds = [_NO_SYSTEM] * rows
        for place in [place for place, system in enumerate(systems) if system]:
            seeds[place], size = self._seed(systems[place])
            sizes[place] += size
        if len(result.systems) < SYSTEMS_COUNTED:
            self._count_systems(row, seeds)
        result.ends.add_all(row, answers, chars)
        if not row:
            result.sample.expect(rows * self._blocks)
        result.contexts.extend(map(xxh3_64_intdigest, prompts, seeds))
        hashes = list(map(xxh3_64_intdigest, answers))
        result.answers.extend(hashes)
        result.tally.add_all(row, answers, chars, hashes, _hashes(self._bounds.answers))
        result.sample.add_all(row, result.contexts, prompts, answers)
        self._sizes.frombytes(sizes.tobytes())
        self._turns.extend(turns)
        self._prompt_chars.extend(prompt_chars)
        self._answer_chars.frombytes(chars.tobytes())

    def _seed(self, system: bytes) -> tuple[int, int]:
        """Hash and size in bytes of a system instruction, which is often that of the example before."""
        if system != self._system:
            self._system, self._system_seed = system, (xxh3_64_intdigest(system), len(system))
        return self._system_seed

    def _count_systems(self, row: int, seeds: Sequence[int]) -> None:
        result = self._result
        known = len(result.systems)
        result.systems.update(seeds)
        if len(result.systems) > known and len(result.system_rows) < SYSTEMS_PLACED:
            for place, seed in enumerate(seeds, start=row):
                result.system_rows.setdefault(seed, place)
                if len(result.system_rows) == SYSTEMS_PLACED:
                    return

    def _check_tokens(self, tokens: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        """Find examples above the token limit and those that the estimate cannot clear."""
        limit = self._limits.tokens_per_example
        suspects = np.flatnonzero(tokens * _ESTIMATE_MARGIN > limit)
        lines = line_numbers(suspects, np.frombuffer(self._result.broken, np.uint32))
        for row, line in zip(suspects, lines, strict=True):
            code = "DATA-TOKENS" if tokens[row] > limit else "DATA-TOKENS-NEAR"
            message = f"about {tokens[row]:,} tokens; the limit is {limit:,}"
            self._result.findings.add(int(line), Problem(code, message))
