"""What the report shows of answers without a run: those in a folder of `retune evaluate`, or of two runs."""

from __future__ import annotations

from collections.abc import Sequence

from components.evaluation.evaluation import Evaluation
from components.evaluation.latency import latencies_of
from components.evaluation.report_data import ReportData
from components.evaluation.report_of_run import compared_answers
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings

METRIC = "exact_match"


def report_of_answers(
    run_id: str,
    name: str,
    evaluation: Evaluation,
    examples: Sequence[TestExample],
    rows: Sequence[Sequence[Row | None]],
    settings: EvaluationSettings,
) -> ReportData:
    """The report's record, without verdict, tuning and bill.

    Args:
        run_id: What the page calls it.
        name: Its heading.
        evaluation: The evaluation.
        examples: The test set.
        rows: Of every system, in the order of the evaluation's systems, joined to the examples.
        settings: The user's own metrics.
    """
    return ReportData(
        run_id=run_id,
        name=name,
        evaluation=evaluation,
        latencies=[latencies_of(found) for found in rows],
        examples=compared_answers(
            examples,
            [[row for row in found if row is not None] for found in rows],
            evaluation,
            winner=None,
            metric=evaluation.slices[0].metric if evaluation.slices else METRIC,
            settings=settings,
        ),
    )
