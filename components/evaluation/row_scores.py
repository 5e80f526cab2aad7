"""One metric of the rows by itself: computing all of them for a choice of examples takes minutes on long texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.evaluation.metrics import matches
from components.evaluation.metrics.case import Case
from components.evaluation.metrics.catalogue import FIELD_METRIC, METRICS
from components.evaluation.metrics.json_fields import reference_fields
from components.evaluation.metrics.own_metric import OWN_METRIC, score_own_metric
from components.evaluation.metrics.task_kind import TaskKind
from components.evaluation.settings import EvaluationSettings
from components.evaluation.statistics.interval import Scores


def row_metrics(kind: TaskKind, references: Sequence[str], settings: EvaluationSettings) -> set[str]:
    """The metrics that rows of a kind are scored by."""
    known = {one.name for one in METRICS if not one.kinds or kind in one.kinds or one.name in settings.metrics}
    known.update(f"{OWN_METRIC}{name}" for name, own in settings.own_metrics.items() if own.python)
    if kind == "structured":
        known.update(f"{FIELD_METRIC}{field}" for field in reference_fields(references))
    return known


def row_scores(metric: str, cases: Sequence[Case], settings: EvaluationSettings) -> Scores:
    """The scores by one of the `row_metrics`, as the evaluation has them."""
    own = settings.own_metrics.get(metric.removeprefix(OWN_METRIC)) if metric.startswith(OWN_METRIC) else None
    if own and own.python:
        return score_own_metric(metric.removeprefix(OWN_METRIC), own.python, cases)
    if metric.startswith(FIELD_METRIC):
        field = metric.removeprefix(FIELD_METRIC)
        found = (
            0.0 if case.answer is None else matches.field_match(field, case.reference, case.answer) for case in cases
        )
    else:
        score = next(one.score for one in METRICS if one.name == metric)
        found = (score(case) for case in cases)
    return np.array(list(found), dtype=np.float64)
