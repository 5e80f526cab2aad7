"""Aggregated scores of a metric over a dataset.

Source: `Metric.AggregationMetric` and `AggregationResult` of the service's protos. What is aggregated when a metric
names nothing is not documented; here it is the average. Variance and standard deviation are those of the population.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence

from local_vertex.calls import Json

_RESULTS = {
    "exactMatchSpec": "exactMatchMetricValue",
    "bleuSpec": "bleuMetricValue",
    "rougeSpec": "rougeMetricValue",
    "EXACT_MATCH": "exactMatchMetricValue",
    "BLEU": "bleuMetricValue",
    "ROUGE": "rougeMetricValue",
}
_JUDGED = "pointwiseMetricResult"


def _percentile(percent: int) -> Callable[[Sequence[float]], float]:
    # The server would start a quarter slower with numpy, which has the same.
    def percentile(scores: Sequence[float]) -> float:
        return statistics.quantiles([*scores, scores[-1]][: max(2, len(scores))], n=100, method="inclusive")[
            percent - 1
        ]

    return percentile


_AGGREGATIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "AVERAGE": statistics.fmean,
    "MODE": statistics.mode,
    "STANDARD_DEVIATION": statistics.pstdev,
    "VARIANCE": statistics.pvariance,
    "MINIMUM": min,
    "MAXIMUM": max,
    "MEDIAN": statistics.median,
    "PERCENTILE_P90": _percentile(90),
    "PERCENTILE_P95": _percentile(95),
    "PERCENTILE_P99": _percentile(99),
}


def aggregated(metric: Json, scores: Sequence[float]) -> Iterator[tuple[Json, str, float]]:
    """For each aggregation of a metric its `AggregationResult`, a name such as `exactMatch/AVERAGE`, and the value.

    Args:
        metric: The `Metric`, already checked.
        scores: The scores of the rows that have one; nothing is aggregated without any.
    """
    kind = next((name for name in metric if name in _RESULTS), "")
    kind = kind or metric.get("computationBasedMetricSpec", {}).get("type", "")
    result = _RESULTS.get(kind, _JUDGED)
    for name in metric.get("aggregationMetrics") or ["AVERAGE"]:
        if scores and name in _AGGREGATIONS:
            value = float(_AGGREGATIONS[name](scores))
            shown = {"aggregationMetric": name, result: {"score": value}}
            yield shown, f"{result.removesuffix('MetricValue').removesuffix('MetricResult')}/{name}", value
