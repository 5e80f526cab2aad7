"""Examples where the candidate and the base model differ, for people to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from components.evaluation.evaluate import cases_of, join, score_system
from components.evaluation.metrics.catalogue import better_of
from components.evaluation.metrics.set_metrics import row_metric_of
from components.evaluation.metrics.task_kind import TaskKind
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings

PROMPT_CHARACTERS = 400
ANSWER_CHARACTERS = 2000


class Disagreement(msgspec.Struct, frozen=True):
    """One example on which the two models score differently.

    Attributes:
        example_id: The example's identifier.
        outcome: `win` where the candidate scores higher.
        prompt: The end of the prompt, at most 400 characters.
        reference: The wanted answer.
        base_answer: What the base model said, or why it said nothing.
        candidate_answer: What the candidate said, or why it said nothing.
    """

    example_id: str
    outcome: Literal["win", "loss"]
    prompt: str
    reference: str
    base_answer: str
    candidate_answer: str


def find_disagreements(
    examples: Sequence[TestExample],
    base_rows: Sequence[Row],
    candidate_rows: Sequence[Row],
    *,
    kind: TaskKind,
    metric: str,
    settings: EvaluationSettings,
    limit: int = 12,
) -> list[Disagreement]:
    """Up to `limit` examples, wins and losses in equal number as far as there are any, largest differences first.

    Args:
        examples: The test set.
        base_rows: The base model's answers.
        candidate_rows: The candidate's answers.
        kind: The task kind.
        metric: What wins and losses are told by; for a figure of the whole test set the metric of its rows, for what a
            judge or people said exact match.
        settings: The user's own metrics.
        limit: Examples at most.
    """
    base, candidate = join(examples, base_rows), join(examples, candidate_rows)
    references = [example.reference for example in examples]
    base_scores, candidate_scores = (
        score_system(kind, cases_of(examples, rows), settings) for rows in (base, candidate)
    )
    told_by = row_metric_of(metric, base_scores)
    difference = candidate_scores[told_by] - base_scores[told_by]
    if better_of(told_by) == "lower":
        difference = -difference
    order = np.argsort(-np.abs(difference), kind="stable")
    wins = [index for index in order if difference[index] > 0]
    losses = [index for index in order if difference[index] < 0]
    lost = min(len(losses), max(limit // 2, limit - len(wins)))
    chosen = wins[: limit - lost] + losses[:lost]
    return [
        Disagreement(
            example_id=examples[index].example_id,
            outcome="win" if difference[index] > 0 else "loss",
            prompt=_ending(examples[index].prompt_text()),
            reference=_beginning(references[index]),
            base_answer=_told(base[index]),
            candidate_answer=_told(candidate[index]),
        )
        for index in chosen
    ]


def _told(row: Row | None) -> str:
    if row is None:
        return "[not asked]"
    return _beginning(row.answer) if row.answered else f"[no answer: {_beginning(row.error)}]"


def _beginning(text: str) -> str:
    return text if len(text) <= ANSWER_CHARACTERS else text[: ANSWER_CHARACTERS - 1] + "…"


def _ending(text: str) -> str:
    """The end of a prompt: few-shot examples and instructions stand before the case itself."""
    return text if len(text) <= PROMPT_CHARACTERS else "…" + text[1 - PROMPT_CHARACTERS :]
