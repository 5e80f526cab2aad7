"""What one system did on the test set: answers, failures, tokens, latency and cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from components.evaluation.evaluation import System, SystemResult
from components.evaluation.metrics.classes import ClassTable
from components.evaluation.rows import Row
from components.evaluation.statistics.interval import Interval, Scores
from components.evaluation.statistics.quantile import quantile_interval
from components.evaluation.statistics.right_or_wrong import wilson
from components.evaluation.statistics.student import student_interval


def system_result(
    system: System,
    rows: Sequence[Row | None],
    *,
    metrics: Mapping[str, Interval],
    classes: Mapping[str, ClassTable],
    confidence: float,
) -> SystemResult:
    """The result of one system.

    Args:
        system: Which one.
        rows: Its rows, joined to the examples; None where there is none.
        metrics: Interval by metric name.
        classes: Classes and confusion by the figure that they belong to.
        confidence: Level of the intervals.
    """
    present = [row for row in rows if row is not None]
    answered = sum(row.answered for row in present)
    latencies = [row.latency_ms for row in present if row.answered and row.latency_ms is not None]
    failed = sum(row is None or row.finish_reason == "ERROR" for row in rows)
    reasons = Counter(failure_reason(row) for row in rows if row is None or not row.answered)
    costs = _costs(system, present)
    return SystemResult(
        system=system,
        coverage=answered / len(rows),
        prompt_tokens=sum(row.prompt_tokens for row in present),
        output_tokens=sum(row.output_tokens for row in present),
        cost_usd=None if costs is None else float(costs.sum()),
        latency_p50_ms=float(np.percentile(latencies, 50)) if latencies else None,
        latency_p95_ms=float(np.percentile(latencies, 95)) if latencies else None,
        metrics=dict(metrics),
        failures=dict(reasons.most_common()),
        error_rate=wilson(failed, len(rows), confidence),
        latency_p95=quantile_interval(latencies, 0.95, confidence) if latencies else None,
        cost_per_1000_usd=_cost_per_1000(costs, answered, confidence),
        classes=dict(classes),
    )


def _costs(system: System, rows: Sequence[Row]) -> Scores | None:
    """List price of every row in US dollars; None when it is unknown."""
    if system.usd_per_million_input is None or system.usd_per_million_output is None:
        return None
    tokens = np.array([(row.prompt_tokens, row.output_tokens) for row in rows], dtype=np.float64).reshape(-1, 2)
    costs: Scores = tokens @ np.array([system.usd_per_million_input, system.usd_per_million_output]) / 1e6
    return costs


def _cost_per_1000(costs: Scores | None, answers: int, confidence: float) -> Interval | None:
    """What rows without an answer cost is shared by those with one."""
    if costs is None or not answers:
        return None
    return student_interval(costs * (1000 * costs.size / answers), confidence)


def failure_reason(row: Row | None) -> str:
    """Why a row has no answer, in few words: the status of the failed call, or the finish reason."""
    if row is None:
        return "not asked"
    return row.error.partition(":")[0] if row.finish_reason == "ERROR" else f"no text, {row.finish_reason}"
