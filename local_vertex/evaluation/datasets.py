"""Evaluation of a dataset in Cloud Storage: one JSON object per line, whose fields the metrics compare or are shown.

Source: `EvaluateDatasetRequest` of the service's protos. Which fields a line has is not documented there; `prompt`,
`response` and `reference` are those of `EvaluationInstance`, and templates may name any other one.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from local_vertex.calls import Json, ServiceError, invalid_argument, not_found
from local_vertex.context import Context
from local_vertex.evaluation.autorater import Autorater, find_autorater
from local_vertex.evaluation.evaluated_rows import evaluate_rows, write_results

_OBJECT = re.compile(r"gs://(?P<bucket>[^/]+)/(?P<name>.+)")
_PREFIX = re.compile(r"gs://(?P<bucket>[^/]+)(?:/(?P<folder>.*?))?/*")


def evaluate_dataset(context: Context, location: str, body: Json) -> Json:
    """The `EvaluateDatasetResponse` of a request, whose results are written.

    Args:
        context: Where the data and the judges are.
        location: `projects/N/locations/L` of the request.
        body: The `EvaluateDatasetRequest`.

    Raises:
        ServiceError: 400 for what is missing or malformed, 404 for a file, bucket or judge, 501 for data elsewhere.
    """
    dataset, metrics = body.get("dataset", {}), body.get("metrics", [])
    if "bigquerySource" in dataset:
        raise ServiceError(501, "UNIMPLEMENTED", "bigquerySource: local Vertex has no evaluation of BigQuery tables.")
    uris = dataset.get("gcsSource", {}).get("uris", [])
    if not uris:
        raise invalid_argument("dataset.gcs_source.uris is missing.")
    if not metrics:
        raise invalid_argument("metrics must not be empty.")
    prefix = body.get("outputConfig", {}).get("gcsDestination", {}).get("outputUriPrefix", "")
    target = _PREFIX.fullmatch(prefix)
    if target is None:
        raise invalid_argument("output_config.gcs_destination.output_uri_prefix must be a Cloud Storage URI.")

    def judge(own: Json) -> Autorater:
        return find_autorater(context.state, location, own or body.get("autoraterConfig", {}), allow_cross_region=False)

    judge({})
    if context.state.get("buckets", f"b/{target['bucket']}") is None:
        raise not_found(f"The bucket of output_config does not exist: {target['bucket'][:200]}")
    rows = [row for uri in uris for row in _rows(_file(context, uri), uri)]
    evaluated = evaluate_rows(metrics, [_instance(row) for row in rows], judge)
    output = target["bucket"], target["folder"] or ""
    directory = write_results(context.objects, output, context.state.new_id(), rows, evaluated)
    return {
        "aggregationOutput": {"dataset": dataset, "aggregationResults": evaluated.totals},
        "outputInfo": {"gcsOutputDirectory": directory},
    }


def _file(context: Context, uri: str) -> Path:
    match = _OBJECT.fullmatch(uri)
    if match is None:
        raise invalid_argument(f"Invalid Cloud Storage URI in dataset.gcs_source.uris: {uri[:200]!r}.")
    path = context.objects.path(match["bucket"], match["name"])
    if path is None:
        raise not_found(f"The dataset {uri[:200]} does not exist.")
    return path


def _rows(file: Path, uri: str) -> list[Json]:
    rows = []
    # Only \n ends a line of JSONL; texts may hold other separators unescaped.
    for number, line in enumerate(file.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row: Any = json.loads(line)
            # Half of a surrogate pair is valid JSON syntax but no text, and could not be written into the results.
            json.dumps(row, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise invalid_argument(f"Line {number} of the dataset {uri[:200]} is not a JSON object.")
        rows.append(row)
    if not rows:
        raise invalid_argument(f"The dataset {uri[:200]} is empty.")
    return rows


def _instance(row: Json) -> Json:
    texts = {
        name: {"text": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}
        for name, value in row.items()
    }
    return {"otherData": {"mapInstance": texts}}
