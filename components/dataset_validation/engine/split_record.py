"""What is kept of one split: the merged results of its chunks, 16 bytes an example."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from components.dataset_validation.checks.answer_ends import AnswerEnds
from components.dataset_validation.checks.answer_tally import AnswerTally
from components.dataset_validation.engine.chunk_result import (
    SYSTEMS_COUNTED,
    SYSTEMS_PLACED,
    ChunkResult,
    line_numbers,
)
from components.dataset_validation.engine.extremes import Extremes
from components.dataset_validation.engine.histogram import Histogram
from components.dataset_validation.engine.line_findings import LineFindings
from components.dataset_validation.engine.text_sample import TextSample


@dataclass
class FilePart:
    """One file of a split.

    Attributes:
        name: The file as the caller named it.
        first_row: Row of its first valid example.
        lines: Lines read so far.
        rows: Lines that are not blank.
        bytes: Size.
        sha256: Hex digest of its bytes; empty unless it was asked for.
        broken: Numbers of the lines that are no valid example.
        findings: What is wrong with single lines.
        line_ends: Lines that end in CR LF.
    """

    name: str
    first_row: int
    lines: int = 0
    rows: int = 0
    bytes: int = 0
    sha256: str = ""
    broken: array[int] = field(default_factory=lambda: array("I"))
    findings: LineFindings = field(default_factory=LineFindings)
    line_ends: int = 0


class SplitRecord:
    """The valid examples of one split over all of its files, one row each.

    Attributes:
        files: The files in their order.
        contexts: Hash of prompt and system instruction as they are, one per row.
        answers: Hash of the answer, one per row.
        prompts: Hash of the normalised prompt, one per row; empty where known prompts were looked for.
        tails: Hash of the end of the prompt, in the same way.
        found: First row of each known prompt that occurs, by its hash.
        tokens: Estimated tokens of an example.
        turns: Turns of an example, answer included.
        prompt_chars: Characters of a prompt.
        answer_chars: Characters of an answer.
        systems: Occurrences of each system instruction by its hash, of at most 65,536.
        system_rows: First rows of the first different system instructions.
        media: Number of files in examples, by modality.
        resolutions: First row of each `mediaResolution`.
        tally: Counts of the answers.
        ends: How long answers end.
        sample: Some of the texts.
        prompt_extremes: The longest and shortest prompts.
        answer_extremes: The longest and shortest answers.
    """

    def __init__(self) -> None:
        self.files: list[FilePart] = []
        self.prompts, self.tails = array("Q"), array("Q")
        self.contexts, self.answers = array("Q"), array("Q")
        self.found: dict[int, int] = {}
        self.tokens, self.turns, self.prompt_chars, self.answer_chars = (
            Histogram(np.empty(0, np.uint32)) for _ in range(4)
        )
        self.prompt_extremes, self.answer_extremes = (Extremes(np.empty(0, np.uint32)) for _ in range(2))
        self.systems: Counter[int] = Counter()
        self.system_rows: dict[int, int] = {}
        self.media: Counter[str] = Counter()
        self.resolutions: dict[str, int] = {}
        self.tally = AnswerTally()
        self.ends = AnswerEnds()
        self.sample = TextSample()

    def begin_file(self, name: str) -> FilePart:
        """The next file of the split."""
        self.files.append(FilePart(name, len(self)))
        return self.files[-1]

    def merge(self, chunk: ChunkResult) -> None:
        """Add the next chunk of the file that was begun last."""
        part, rows_before = self.files[-1], len(self)
        part.findings.merge(chunk.findings, part.lines)
        part.broken.extend(line + part.lines for line in chunk.broken)
        part.lines += chunk.lines
        part.rows += chunk.rows
        part.line_ends += chunk.line_ends
        self.prompts.extend(chunk.prompts)
        self.tails.extend(chunk.tails)
        for prompt, row in chunk.found.items():
            self.found.setdefault(prompt, row + rows_before)
        self.contexts.extend(chunk.contexts)
        self.answers.extend(chunk.answers)
        self.tokens.merge(chunk.tokens)
        self.turns.merge(chunk.turns)
        self.prompt_chars.merge(chunk.prompt_chars)
        self.answer_chars.merge(chunk.answer_chars)
        if len(self.systems) < SYSTEMS_COUNTED:
            self.systems.update(chunk.systems)
        for system, row in chunk.system_rows.items():
            if len(self.system_rows) < SYSTEMS_PLACED:
                self.system_rows.setdefault(system, row + rows_before)
        self.media.update(chunk.files)
        for resolution, row in chunk.resolutions.items():
            self.resolutions.setdefault(resolution, row + rows_before)
        self.tally.merge(chunk.tally, rows_before)
        self.ends.merge(chunk.ends, rows_before)
        self.sample.merge(chunk.sample, rows_before)
        self.prompt_extremes.merge(chunk.prompt_extremes, rows_before)
        self.answer_extremes.merge(chunk.answer_extremes, rows_before)

    def place(self, row: int) -> tuple[str, int]:
        """File name and line number of a row."""
        part = next(part for part in reversed(self.files) if part.first_row <= row)
        within = np.array([row - part.first_row])
        return part.name, int(line_numbers(within, np.frombuffer(part.broken, np.uint32))[0])

    @property
    def rows(self) -> int:
        """Lines of all files that are not blank."""
        return sum(part.rows for part in self.files)

    def __len__(self) -> int:
        """Number of valid examples."""
        return len(self.contexts)
