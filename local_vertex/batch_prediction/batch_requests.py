"""What the service checks before it accepts a batch prediction job, and what the job then does.

Source: `BatchPredictionJob` of the service and its pages on batch inference with Gemini: JSONL in Cloud Storage or
BigQuery; base models everywhere, tuned models in their own region, never at `global`; tuned Gemini 3 and later not at
all. The sentences say the documented rules in the service's manner.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from local_vertex.calls import Json, ServiceError, failed_precondition, invalid_argument, not_found
from local_vertex.context import Context
from local_vertex.registry.model_versions import base_model_of, find_checkpoint, find_version, location_of
from local_vertex.resource_labels import check_labels
from local_vertex.resource_names import canonical
from local_vertex.tuning.base_models import find_base_model

_LONGEST_DISPLAY_NAME = 128
_SOURCE = re.compile(r"gs://(?P<bucket>[^/*]+)/(?P<name>.+)")
_PREFIX = re.compile(r"gs://(?P<bucket>[^/*]+)/?(?P<prefix>.*)")
_CUSTOM_MODELS_ONLY = (
    "unmanagedContainerModel", "dedicatedResources", "manualBatchTuningParameters", "generateExplanation",
    "explanationSpec", "instanceConfig", "modelParameters", "disableContainerLogging",
)  # fmt: skip
_ELSEWHERE = (
    "bigquerySource", "bigqueryDestination", "vertexMultimodalDatasetSource", "vertexMultimodalDatasetDestination",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What an accepted job does.

    Attributes:
        base_model: Identifier of the base model that answers, or that the tuned model comes from.
        version: The model's version as responses show it: the base model, or `…/models/ID@V`.
        checkpoint: File of the tuned model's checkpoint below the state directory; empty for a base model.
        sources: Bucket and name of each input; a name may have wildcards.
        destination: Bucket and prefix of the output.
    """

    base_model: str
    version: str
    checkpoint: str
    sources: list[tuple[str, str]]
    destination: tuple[str, str]


def plan_batch(context: Context, parent: str, body: Json) -> BatchPlan:
    """The plan of a create request.

    Args:
        context: Where the models are.
        parent: `projects/N/locations/L`.
        body: The BatchPredictionJob as it was sent.

    Raises:
        ServiceError: The service would refuse it, or local Vertex cannot do it (501).
    """
    display_name = body.get("displayName", "")
    if not display_name or len(display_name) > _LONGEST_DISPLAY_NAME:
        raise invalid_argument(f"display_name is required and has at most {_LONGEST_DISPLAY_NAME} characters.")
    check_labels(body.get("labels", {}))
    if used := [field for field in _CUSTOM_MODELS_ONLY if body.get(field)]:
        raise invalid_argument(f"{used[0]} is not supported for batch prediction with Gemini models.")
    source, destination = body.get("inputConfig", {}), body.get("outputConfig", {})
    if used := [field for field in _ELSEWHERE if field in source or field in destination]:
        raise ServiceError(
            501, "UNIMPLEMENTED", f"{used[0]}: local Vertex reads and writes batches in Cloud Storage only (JSONL)."
        )
    _check_format("input_config.instances_format", source.get("instancesFormat", ""))
    _check_format("output_config.predictions_format", destination.get("predictionsFormat", ""))
    base_model, version, checkpoint = _model(context, parent, body.get("model", ""))
    return BatchPlan(base_model, version, checkpoint, _sources(source), _destination(destination))


def _check_format(field: str, given: str) -> None:
    if given != "jsonl":
        raise invalid_argument(f"{field} must be jsonl for batch prediction from and to Cloud Storage.")


def _model(context: Context, parent: str, name: str) -> tuple[str, str, str]:
    """Base model, version as shown, and checkpoint file."""
    if not name:
        raise invalid_argument("model is missing.")
    if "/models/" in name and "publishers/" not in name:
        return _tuned(context, parent, canonical(name))
    found = find_base_model(name) if name.startswith(("publishers/", "projects/")) else None
    if found is None:
        raise not_found(
            f"Publisher Model `{name[:200]}` was not found or your project does not have access to it. Please ensure"
            " you are using a valid model version."
        )
    return found.name, found.name, ""


def _tuned(context: Context, parent: str, name: str) -> tuple[str, str, str]:
    if location_of(name) != parent:
        raise invalid_argument(f"The model {name[:200]} is in another location than the batch prediction job.")
    version = find_version(context.state, name)
    base_model = base_model_of(version)
    if base_model.multi_region or base_model.is_open:
        raise failed_precondition(f"Batch prediction is not supported for models tuned from {base_model.name}.")
    file = find_checkpoint(context.state, version["name"], version["defaultCheckpointId"])["file"]
    return base_model.name, version["name"], file


def _sources(source: Json) -> list[tuple[str, str]]:
    uris = source.get("gcsSource", {}).get("uris", [])
    if not uris:
        raise invalid_argument("input_config.gcs_source.uris is missing.")
    found = [_SOURCE.fullmatch(uri) for uri in uris]
    if None in found:
        wrong = uris[found.index(None)]
        raise invalid_argument(f"Invalid Cloud Storage URI in input_config.gcs_source.uris: {wrong[:200]!r}.")
    return [(match["bucket"], match["name"]) for match in found if match]


def _destination(destination: Json) -> tuple[str, str]:
    uri = destination.get("gcsDestination", {}).get("outputUriPrefix", "")
    match = _PREFIX.fullmatch(uri)
    if match is None:
        raise invalid_argument(
            f"output_config.gcs_destination.output_uri_prefix must be a Cloud Storage URI, not {uri[:200]!r}."
        )
    return match["bucket"], match["prefix"].rstrip("/")
