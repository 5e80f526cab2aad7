"""Examples for people to read: what each model answered where the candidate won, lost, or all were wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from components.evaluation.comparisons import better_in
from components.evaluation.evaluate import cases_of, join
from components.evaluation.evaluation import Baseline
from components.evaluation.metrics.set_metrics import row_metric_of
from components.evaluation.metrics.task_kind import TaskKind
from components.evaluation.requests import TestExample
from components.evaluation.row_scores import row_metrics, row_scores
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings
from components.evaluation.slices import Dimensions
from components.evaluation.statistics.interval import ROUNDING, Scores

PROMPT_CHARACTERS = 400
ANSWER_CHARACTERS = 1000
PER_OUTCOME = 50
"""So many examples of each outcome against each baseline, so that the page stays small whatever the test set."""
RIGHT = 0.5
"""Below it a score counts as wrong, for metrics that are not simply right or wrong."""

RowOutcome = Literal["win", "loss", "both_wrong", "both_right"]


class ShownExample(msgspec.Struct, frozen=True):
    """One example with every model's answer.

    Attributes:
        example_id: The example's identifier.
        prompt: The end of the prompt, at most 400 characters.
        reference: The wanted answer.
        answers: By role (`base`, `champion`, `candidate`) what was said, at most 1,000 characters, or why nothing was.
        scores: By role the score that the outcome follows from.
        outcomes: How the candidate did against `base` and `champion`.
        slices: The slices that it belongs to, `DIMENSION=VALUE`.
    """

    example_id: str
    prompt: str
    reference: str
    answers: dict[str, str]
    scores: dict[str, float]
    outcomes: dict[Baseline, RowOutcome]
    slices: list[str]


class SideBySide(msgspec.Struct, frozen=True):
    """A choice of examples, and how many there are in all.

    Attributes:
        candidate: Fingerprint of the candidate that is shown.
        metric: The metric of rows that tells who won.
        counts: Rows of the whole test set by baseline and outcome.
        examples: The chosen ones, in the order of the test set.
    """

    candidate: str
    metric: str
    counts: dict[Baseline, dict[RowOutcome, int]]
    examples: list[ShownExample]


def side_by_side(
    examples: Sequence[TestExample],
    candidate: tuple[str, Sequence[Row]],
    baselines: Mapping[Baseline, Sequence[Row]],
    *,
    kind: TaskKind,
    metric: str,
    settings: EvaluationSettings,
    dimensions: Dimensions,
    per_outcome: int = PER_OUTCOME,
) -> SideBySide:
    """Up to `per_outcome` wins, losses and examples that both have wrong, against each baseline.

    The largest differences come first; among equal ones, those of different labels, so that a file that is sorted by
    label does not show one label only.

    Args:
        examples: The test set.
        candidate: Fingerprint and rows of the candidate.
        baselines: Rows of the base model and of the champion, as far as there are such.
        kind: The task kind.
        metric: What wins and losses are told by; for a figure of the whole test set the metric of its rows, for what a
            judge or people said exact match.
        settings: The user's own metrics.
        dimensions: By dimension the value of every example.
        per_outcome: Examples of each outcome against each baseline at most.
    """
    asked: dict[str, Sequence[Row]] = {
        **{str(role): found for role, found in baselines.items()},
        "candidate": candidate[1],
    }
    rows = {role: join(examples, found) for role, found in asked.items()}
    told_by = row_metric_of(metric, row_metrics(kind, [example.reference for example in examples], settings))
    scores = {role: row_scores(told_by, cases_of(examples, found), settings) for role, found in rows.items()}
    column = {role: _merit(found, told_by, settings) for role, found in scores.items()}
    outcomes = {against: _outcomes(column["candidate"], column[against]) for against in baselines}
    groups = dimensions.get("label") or [example.reference for example in examples]
    chosen: set[int] = set()
    for against, found in outcomes.items():
        distance = np.abs(column["candidate"] - column[against])
        for outcome in ("win", "loss", "both_wrong"):
            chosen.update(_first([at for at, one in enumerate(found) if one == outcome], distance, groups, per_outcome))
    return SideBySide(
        candidate=candidate[0],
        metric=told_by,
        counts={against: dict(Counter(found)) for against, found in outcomes.items()},
        examples=[
            ShownExample(
                example_id=examples[at].example_id,
                prompt=_ending(examples[at].prompt_text()),
                reference=_beginning(examples[at].reference),
                answers={role: _told(found[at]) for role, found in rows.items()},
                scores={role: round(float(found[at]), 4) for role, found in scores.items()},
                outcomes={against: found[at] for against, found in outcomes.items()},
                slices=[f"{name}={values[at]}" for name, values in dimensions.items() if values[at]],
            )
            for at in sorted(chosen)
        ],
    )


def _merit(scores: Scores, metric: str, settings: EvaluationSettings) -> Scores:
    """The scores so that more is better."""
    return 1 - scores if better_in(metric, settings) == "lower" else scores


def _outcomes(ours: Scores, theirs: Scores) -> list[RowOutcome]:
    difference = ours - theirs
    return [
        "win" if apart > ROUNDING else "loss" if apart < -ROUNDING else "both_right" if score >= RIGHT else "both_wrong"
        for apart, score in zip(difference, ours, strict=True)
    ]


def _first(indices: Sequence[int], distance: Scores, groups: Sequence[str], limit: int) -> list[int]:
    """The first of each group, then the second of each, and so on; large distances before small ones."""
    seen: Counter[str] = Counter()
    turns: dict[int, int] = {}
    for at in sorted(indices, key=lambda at: (-distance[at], at)):
        turns[at] = seen[groups[at]]
        seen[groups[at]] += 1
    return sorted(indices, key=lambda at: (-round(float(distance[at]), 6), turns[at], at))[:limit]


def _told(row: Row | None) -> str:
    if row is None:
        return "[not asked]"
    return _beginning(row.answer) if row.answered else f"[no answer: {_beginning(row.error)}]"


def _beginning(text: str) -> str:
    return text if len(text) <= ANSWER_CHARACTERS else text[: ANSWER_CHARACTERS - 1] + "…"


def _ending(text: str) -> str:
    """The end of a prompt: few-shot examples and instructions stand before the case itself."""
    return text if len(text) <= PROMPT_CHARACTERS else "…" + text[1 - PROMPT_CHARACTERS :]
