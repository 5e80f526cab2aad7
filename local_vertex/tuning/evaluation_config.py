"""What the service checks of a tuning job's `evaluationConfig`.

Source: the service's pages "Use supervised fine-tuning" and "About supervised fine-tuning": a preview in us-central1,
for Gemini 2.5, with a validation dataset. Later revisions point to more regions without naming them; one is sure.
"""

from __future__ import annotations

import re

from local_vertex.calls import Json, failed_precondition, invalid_argument
from local_vertex.evaluation.autorater import Autorater, find_autorater
from local_vertex.evaluation.metric_list import evaluate_metric
from local_vertex.state import State
from local_vertex.tuning.base_models import BaseModel

_LOCATION = "us-central1"
_PREFIX = re.compile(r"gs://(?P<bucket>[^/]+)(?:/(?P<folder>.*?))?/*")
_PROBE = {"prompt": "probe", "reference": "probe", "response": "probe"}


def check_evaluation(state: State, parent: str, base_model: BaseModel, specification: Json) -> None:
    """Nothing when the checkpoints of the job can be evaluated.

    Args:
        state: Where the endpoints of judges are.
        parent: `projects/N/locations/L`.
        base_model: The foundation model.
        specification: The `supervisedTuningSpec`.

    Raises:
        ServiceError: 400 for another location or model, without validation data, without metrics or an output
            prefix, and for a malformed metric; 404 for an unknown judge; 501 for metrics that local Vertex lacks.
    """
    config = specification["evaluationConfig"]
    if parent.rpartition("/")[2] != _LOCATION:
        raise failed_precondition(f"evaluation_config is supported in {_LOCATION} only.")
    if base_model.multi_region:
        raise failed_precondition(f"evaluation_config is not supported for {base_model.name}; it is for Gemini 2.5.")
    if not specification.get("validationDatasetUri"):
        raise invalid_argument("evaluation_config needs validation_dataset_uri.")
    if not config.get("metrics"):
        raise invalid_argument("evaluation_config.metrics must not be empty.")
    output_folder(config)
    for metric in config["metrics"]:
        evaluate_metric(metric, instance(_PROBE), lambda own: judge(state, parent, config, own))


def output_folder(config: Json) -> tuple[str, str]:
    """Bucket and folder of `outputConfig`.

    Raises:
        ServiceError: 400, it is missing or no Cloud Storage URI.
    """
    prefix = config.get("outputConfig", {}).get("gcsDestination", {}).get("outputUriPrefix", "")
    match = _PREFIX.fullmatch(prefix)
    if match is None:
        raise invalid_argument(
            "evaluation_config.output_config.gcs_destination.output_uri_prefix must be a Cloud Storage URI."
        )
    return match["bucket"], match["folder"] or ""


def judge(state: State, parent: str, config: Json, own: Json) -> Autorater:
    """The judge of a metric: its own, or that of the `evaluationConfig`."""
    return find_autorater(state, parent, own or config.get("autoraterConfig", {}), allow_cross_region=False)


def instance(row: Json) -> Json:
    """The `EvaluationInstance` of a row; templates of tuning jobs name the answer `prediction` or `response`."""
    others = {"prediction": row["response"]}
    return {
        **{name: {"text": row[name]} for name in ("prompt", "response", "reference")},
        "otherData": {"mapInstance": {name: {"text": text} for name, text in others.items()}},
    }
