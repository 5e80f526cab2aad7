"""Many rows evaluated by many metrics, and the two files that are left of it.

Source: `AggregationOutput` and `OutputInfo` of the service's protos, and its page "Use supervised fine-tuning" for the
names of the files. The fields of a line beside `jsonInstance` are not documented.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from local_vertex.calls import Json, ServiceError
from local_vertex.clock import timestamp
from local_vertex.evaluation.aggregation import aggregated
from local_vertex.evaluation.autorater import Autorater
from local_vertex.evaluation.metric_list import evaluate_metric
from local_vertex.storage.object_store import ObjectStore

_GRPC_CODES = {"INVALID_ARGUMENT": 3, "NOT_FOUND": 5, "FAILED_PRECONDITION": 9, "UNIMPLEMENTED": 12}


@dataclass(slots=True)
class EvaluatedRows:
    """What came out.

    Attributes:
        results: For each row the `MetricResult` of each metric.
        totals: `AggregationResult`s, metric by metric.
        summary: The aggregated values by names such as `exactMatch/AVERAGE`.
    """

    results: list[list[Json]]
    totals: list[Json] = field(default_factory=list)
    summary: dict[str, float] = field(default_factory=dict)


def evaluate_rows(
    metrics: Sequence[Json], instances: Sequence[Json], judge: Callable[[Json], Autorater]
) -> EvaluatedRows:
    """Evaluate every row by every metric; a row that cannot be evaluated has an `error` and is in no total.

    Args:
        metrics: `Metric`s.
        instances: An `EvaluationInstance` for each row.
        judge: Finds the judge for a metric's own `judgeAutoraterConfig`, which may be empty.
    """
    evaluated = EvaluatedRows([[] for _ in instances])
    for metric in metrics:
        found = [_result(metric, instance, judge) for instance in instances]
        for result, of_row in zip(found, evaluated.results, strict=True):
            of_row.append(result)
        scores = [result["score"] for result in found if "score" in result]
        for total, name, value in aggregated(metric, scores):
            evaluated.totals.append(total)
            evaluated.summary[name] = value
    return evaluated


def write_results(
    store: ObjectStore, target: tuple[str, str], run_id: str, shown: Sequence[Json], evaluated: EvaluatedRows
) -> str:
    """Write `aggregation_results.jsonl` and `evaluation_results.jsonl`, and return their directory's URI.

    Args:
        store: Where the objects are.
        target: Bucket and folder.
        run_id: Tells apart what ends in the same microsecond; the service's directories have a time only.
        shown: The rows as they are in the results.
        evaluated: Their results.

    Raises:
        StorageError: 404, the bucket is gone.
    """
    bucket, folder = target
    directory = "/".join(filter(None, (folder, f"evaluation_{timestamp()}_{run_id}")))
    lines = [
        {"jsonInstance": json.dumps(row, ensure_ascii=False), "metricResults": of_row}
        for row, of_row in zip(shown, evaluated.results, strict=True)
    ]
    for name, objects in (("aggregation_results", evaluated.totals), ("evaluation_results", lines)):
        text = "".join(json.dumps(found, ensure_ascii=False) + "\n" for found in objects)
        store.insert(bucket, f"{directory}/{name}.jsonl", text.encode(), {"contentType": "application/jsonl"})
    return f"gs://{bucket}/{directory}"


def _result(metric: Json, instance: Json, judge: Callable[[Json], Autorater]) -> Json:
    try:
        found: Json = evaluate_metric(metric, instance, judge)["metricResults"][0]
    except ServiceError as error:
        return {"error": {"code": _GRPC_CODES.get(error.status, 2), "message": error.message}}
    return found
