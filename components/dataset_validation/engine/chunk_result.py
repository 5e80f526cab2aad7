"""Reads the lines of one chunk and keeps what later checks need: hashes, sizes and counts, never texts."""

from __future__ import annotations

import io
import unicodedata
from array import array

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from components.base_models.facts import Limits
from components.dataset_validation.checks.answer_tally import AnswerTally
from components.dataset_validation.engine.chunk import Chunk
from components.dataset_validation.engine.histogram import Histogram
from components.dataset_validation.engine.line_findings import LineFindings
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.lines.exact_line import read_exactly
from components.dataset_validation.lines.reading import Reading
from components.dataset_validation.lines.tokens import BYTES_PER_TOKEN, MEDIA_TOKENS
from components.dataset_validation.lines.typed_line import read_typed

LINES_AT_ONCE = 1 << 18
SYSTEMS_COUNTED = 65_536
_ESTIMATE_MARGIN = 1.3
"""Prose has up to 30 % more tokens than `tokens.estimate_tokens` says."""
_LOWER = bytes(range(256)).lower()
_WHITESPACE = b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"


class ChunkResult:
    """The valid examples of one chunk, one entry per example in every array, and the findings of its lines.

    Rows are the valid examples in their order, from 0; lines are numbered from 1; both within the chunk.

    Attributes:
        lines: Number of lines.
        rows: Number of lines that are not blank.
        broken: Numbers of the lines that are no valid example.
        prompts: Hash of the normalised prompt: case, spacing and the system instruction do not count.
        contexts: Hash of prompt and system instruction as they are.
        answers: Hash of the answer.
        tokens: Estimated tokens.
        prompt_chars: Characters of the prompts.
        answer_chars: Characters of the answers.
        systems: Hashes of the distinct system instructions, at most 65,536.
        media_files: Number of parts that refer to a file.
        resolutions: First row of each `mediaResolution`; the empty one only where an example has a file.
        tally: Counts of the answers.
        findings: What is wrong with single lines.
        line_ends: Number of lines that end in CR LF.
    """

    def __init__(self) -> None:
        self.lines = 0
        self.rows = 0
        self.broken = array("I")
        self.prompts = array("Q")
        self.contexts = array("Q")
        self.answers = array("Q")
        self.systems: set[int] = set()
        self.media_files = 0
        self.resolutions: dict[str, int] = {}
        self.tally = AnswerTally()
        self.findings = LineFindings()
        self.line_ends = 0
        self.tokens = Histogram(array("I"))
        self.prompt_chars = Histogram(array("I"))
        self.answer_chars = Histogram(array("I"))


def read_chunk(chunk: Chunk, limits: Limits) -> ChunkResult:
    """What the lines of a chunk say.

    Args:
        chunk: The chunk.
        limits: The service's limits, for the tokens of an example.
    """
    data, oversized = chunk.read()
    return _ChunkReader(limits).read(data, oversized)


class _ChunkReader:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._result = ChunkResult()
        self._tokens, self._prompt_chars, self._answer_chars = array("I"), array("I"), array("I")
        self._system = ""
        self._system_bytes = 0
        self._system_hash = xxh3_64_intdigest(b"")

    def read(self, data: bytes, oversized: bool) -> ChunkResult:
        result = self._result
        result.line_ends = data.count(b"\r\n")
        stream, number = io.BytesIO(data), 0
        while lines := stream.readlines(LINES_AT_ONCE):
            for line in lines:
                number += 1
                self._read_line(number, line)
        if oversized:
            number += 1
            result.rows += 1
            result.broken.append(number)
            result.findings.add(number, Problem("DATA-LINE-SIZE", "the line is longer than 32 MiB"))
        result.lines = number
        self._check_tokens()
        result.tokens, result.prompt_chars, result.answer_chars = map(
            Histogram, (self._tokens, self._prompt_chars, self._answer_chars)
        )
        return result

    def _read_line(self, number: int, line: bytes) -> None:
        reading = read_typed(line)
        if reading is None:
            reading, problems = read_exactly(line.removesuffix(b"\n"))
            for problem in problems:
                self._result.findings.add(number, problem)
            if reading is None:
                self._result.broken.append(number)
                self._result.rows += bool(line.strip())
                return
        self._result.rows += 1
        self._add(reading)

    def _add(self, reading: Reading) -> None:
        result = self._result
        if reading.system != self._system:
            system = reading.system.encode()
            self._system, self._system_bytes, self._system_hash = reading.system, len(system), xxh3_64_intdigest(system)
            if len(result.systems) < SYSTEMS_COUNTED:
                result.systems.add(self._system_hash)
        elif not result.systems:
            result.systems.add(self._system_hash)
        prompt, answer = reading.prompt.encode(), reading.answer.encode()
        row = len(result.contexts)
        result.prompts.append(xxh3_64_intdigest(normalised(reading.prompt, prompt)))
        result.contexts.append(xxh3_64_intdigest(prompt, seed=self._system_hash))
        result.answers.append(xxh3_64_intdigest(answer))
        size = self._system_bytes + len(prompt) + len(answer)
        self._tokens.append(-(-size // BYTES_PER_TOKEN) + MEDIA_TOKENS * reading.media_files)
        self._prompt_chars.append(len(reading.prompt))
        self._answer_chars.append(len(reading.answer))
        result.tally.add(row, reading.answer)
        if reading.media_files or reading.media_resolution:
            result.media_files += reading.media_files
            result.resolutions.setdefault(reading.media_resolution, row)

    def _check_tokens(self) -> None:
        """Find examples above the token limit and those that the estimate cannot clear."""
        tokens, limit = np.frombuffer(self._tokens, np.uint32), self._limits.tokens_per_example
        suspects = np.flatnonzero(tokens * _ESTIMATE_MARGIN > limit)
        lines = line_numbers(suspects, np.frombuffer(self._result.broken, np.uint32))
        for row, line in zip(suspects, lines, strict=True):
            code = "DATA-TOKENS" if tokens[row] > limit else "DATA-TOKENS-NEAR"
            message = f"about {tokens[row]:,} tokens; the limit is {limit:,}"
            self._result.findings.add(int(line), Problem(code, message))


def line_numbers(rows: NDArray[np.int64], broken: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The lines, from 1, on which valid examples stand, given the numbers of the lines that are none."""
    valid_before = broken.astype(np.int64) - np.arange(1, len(broken) + 1)
    return rows + 1 + np.searchsorted(valid_before, rows, side="right")


def normalised(text: str, encoded: bytes) -> bytes:
    """The text without case, white space and compatibility forms, as bytes.

    Args:
        text: The text.
        encoded: The same as UTF-8, which for ASCII is all that is needed.
    """
    if text.isascii():
        return encoded.translate(_LOWER, _WHITESPACE)
    # NFKC turns the wide and unbreakable spaces into the plain one.
    return unicodedata.normalize("NFKC", text).casefold().encode().translate(None, _WHITESPACE)
