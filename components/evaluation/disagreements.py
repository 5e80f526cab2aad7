"""Examples where the candidate and the base model differ, for people to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from components.evaluation.evaluate import join
from components.evaluation.metrics import TaskKind, score_rows
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row

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
    limit: int = 12,
) -> list[Disagreement]:
    """Up to `limit` examples, wins and losses in equal number as far as there are any, largest differences first."""
    base, candidate = join(examples, base_rows), join(examples, candidate_rows)
    references = [example.reference for example in examples]
    answers = [[row.answer if row and row.answered else None for row in rows] for rows in (base, candidate)]
    base_scores, candidate_scores = (score_rows(kind, references, given)[metric] for given in answers)
    difference = candidate_scores - base_scores
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
