"""All metrics of a row. To add one, write a function of reference and answer and add a line to `METRICS`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from components.evaluation.metrics import answer_form, function_calls, matches, words
from components.evaluation.metrics.case import Case
from components.evaluation.metrics.json_fields import reference_fields
from components.evaluation.metrics.n_grams import sentence_bleu, sentence_chrf
from components.evaluation.metrics.task_kind import TaskKind
from components.evaluation.statistics.interval import Scores

Better = Literal["higher", "lower", "unchanged"]
FIELD_METRIC = "field:"


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: What configuration and report call it.
        kinds: The task kinds that are scored by it; empty for all.
        score: The score of one row, 0 to 1 where nothing else is said.
        better: Which way is better; `unchanged` where neither is.
    """

    name: str
    kinds: tuple[TaskKind, ...]
    score: Callable[[Case], float]
    better: Better = "higher"


def _answered(score: Callable[[str, str], float]) -> Callable[[Case], float]:
    """A function of reference and answer as a metric on which a missing answer scores 0."""
    return lambda case: 0.0 if case.answer is None else score(case.reference, case.answer)


METRICS = (
    Metric("exact_match", (), _answered(matches.exact_match)),
    Metric("normalized_match", (), _answered(matches.normalized_match)),
    Metric("accuracy", ("label",), _answered(matches.normalized_match)),
    Metric("json_valid", ("structured",), _answered(matches.json_valid)),
    Metric("json_match", ("structured",), _answered(matches.json_match)),
    Metric("call_valid", ("function_call",), _answered(function_calls.call_valid)),
    Metric("call_name", ("function_call",), _answered(function_calls.call_name)),
    Metric("call_keys", ("function_call",), _answered(function_calls.call_keys)),
    Metric("call_match", ("function_call",), _answered(function_calls.call_match)),
    Metric("call_arguments", ("function_call",), _answered(function_calls.call_arguments)),
    Metric("token_f1", ("text",), _answered(words.token_f1)),
    Metric("rouge_1", ("text",), _answered(partial(words.rouge_n, length=1))),
    Metric("rouge_2", ("text",), _answered(partial(words.rouge_n, length=2))),
    Metric("rouge_l", ("text",), _answered(words.rouge_l)),
    Metric("sentence_bleu", ("text",), _answered(sentence_bleu)),
    Metric("sentence_chrf", ("text",), _answered(sentence_chrf)),
    Metric("length_ratio", (), answer_form.length_ratio, "unchanged"),
    Metric("refused", (), answer_form.refused, "lower"),
    Metric("empty", (), answer_form.empty, "lower"),
)
BETTER: dict[str, Better] = {metric.name: metric.better for metric in METRICS}


def better_of(metric: str) -> Better:
    """Which way the metric is better; higher where the catalogue does not know it."""
    return BETTER.get(metric, "higher")


def score_rows(kind: TaskKind, cases: Sequence[Case], *, also: Sequence[str] = ()) -> dict[str, Scores]:
    """One array of scores per metric, in the order of the test set.

    Args:
        kind: Which metrics apply besides those of every kind; `structured` also has `field:NAME` for the 20 most
            frequent fields.
        cases: The rows with one model's answers.
        also: Metrics of other kinds to compute too.
    """
    chosen = [one for one in METRICS if not one.kinds or kind in one.kinds or one.name in also]
    scores = {metric.name: _column([metric.score(case) for case in cases]) for metric in chosen}
    if kind == "structured":
        for field in reference_fields([case.reference for case in cases]):
            score = _answered(partial(matches.field_match, field))
            scores[f"{FIELD_METRIC}{field}"] = _column([score(case) for case in cases])
    return scores


def _column(values: Sequence[float]) -> Scores:
    return np.asarray(values, dtype=np.float64)
