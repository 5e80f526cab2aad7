"""What is kept of one chunk: hashes, sizes, counts, and a bounded sample of texts."""

from __future__ import annotations

from array import array
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from components.dataset_validation.checks.answer_ends import AnswerEnds
from components.dataset_validation.checks.answer_tally import AnswerTally
from components.dataset_validation.engine.extremes import Extremes
from components.dataset_validation.engine.histogram import Histogram
from components.dataset_validation.engine.line_findings import LineFindings
from components.dataset_validation.engine.text_sample import TextSample

SYSTEMS_COUNTED = 65_536
SYSTEMS_PLACED = 21
"""So many system instructions are kept with their first row; with more of them they are part of the data."""


class ChunkResult:
    """The valid examples of one chunk, one entry per example in every array, and the findings of its lines.

    Rows are the valid examples in their order, from 0; lines are numbered from 1; both within the chunk.

    Attributes:
        lines: Number of lines.
        rows: Number of lines that are not blank.
        broken: Numbers of the lines that are no valid example.
        prompts: Hash of the normalised prompt; empty where known prompts are looked for.
        tails: Hash of the end of the normalised prompt, 0 for a short one; in the same way.
        found: First row of each known prompt, by its hash.
        contexts: Hash of prompt and system instruction as they are.
        answers: Hash of the answer.
        tokens: Estimated tokens.
        turns: Turns of the examples, answer included.
        prompt_chars: Characters of the prompts.
        answer_chars: Characters of the answers.
        systems: Occurrences of each system instruction by its hash, of at most 65,536.
        system_rows: First rows of the first different system instructions.
        files: Number of files in examples, by modality.
        resolutions: First row of each `mediaResolution`; the empty one only where an example has a file.
        tally: Counts of the answers.
        ends: How long answers end.
        sample: Some of the texts.
        prompt_extremes: The longest and shortest prompts.
        answer_extremes: The longest and shortest answers.
        findings: What is wrong with single lines.
        line_ends: Number of lines that end in CR LF.
    """

    def __init__(self, sample: TextSample) -> None:
        self.lines = 0
        self.rows = 0
        self.broken = array("I")
        self.prompts = array("Q")
        self.tails = array("Q")
        self.found: dict[int, int] = {}
        self.contexts = array("Q")
        self.answers = array("Q")
        self.systems: Counter[int] = Counter()
        self.system_rows: dict[int, int] = {}
        self.sample = sample
        self.ends = AnswerEnds()
        self.files: Counter[str] = Counter()
        self.resolutions: dict[str, int] = {}
        self.tally = AnswerTally()
        self.findings = LineFindings()
        self.line_ends = 0
        self.tokens = Histogram(np.empty(0, np.uint32))
        self.turns = Histogram(np.empty(0, np.uint32))
        self.prompt_chars = Histogram(np.empty(0, np.uint32))
        self.answer_chars = Histogram(np.empty(0, np.uint32))
        self.prompt_extremes = Extremes(np.empty(0, np.uint32))
        self.answer_extremes = Extremes(np.empty(0, np.uint32))


def line_numbers(rows: NDArray[np.int64], broken: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The lines, from 1, on which valid examples stand, given the numbers of the lines that are none."""
    valid_before = broken.astype(np.int64) - np.arange(1, len(broken) + 1)
    return rows + 1 + np.searchsorted(valid_before, rows, side="right")
