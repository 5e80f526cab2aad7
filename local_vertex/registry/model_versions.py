"""Model versions as the services share them: one record per version, and the files of its checkpoints.

State kind `models` holds `projects/N/locations/L/models/ID@V`; kind `checkpoints` holds
`projects/N/locations/L/models/ID@V/checkpoints/C` with `epoch`, `step` and `file` (below the state directory); kind
`modelEvaluations` holds `projects/N/locations/L/models/ID@V/evaluations/E`.
"""

from __future__ import annotations

from local_vertex.calls import Json, failed_precondition, not_found
from local_vertex.state import State
from local_vertex.tuning.base_models import BaseModel, find_tunable

KIND = "models"
CHECKPOINTS = "checkpoints"
EVALUATIONS = "modelEvaluations"
DEFAULT_ALIAS = "default"
BASE_MODEL_LABEL = "google-vertex-llm-tuning-base-model-id"
"""Label from which google-genai reads a tuned model's base model."""
TUNE_TYPE_LABEL = "tune-type"
"""Label by which google-genai's `models.list` finds tuned models."""


def split_version(name: str) -> tuple[str, str]:
    """The model's name and the version or alias after `@`; `default` where there is none."""
    model, _, version = name.partition("@")
    return model, version or DEFAULT_ALIAS


def location_of(name: str) -> str:
    """`projects/N/locations/L` of a resource name."""
    return "/".join(name.split("/")[:4])


def versions_of(state: State, model: str) -> list[Json]:
    """All versions of a model, oldest first; the record's `name` is `…/models/ID@V`."""
    return [record for record in state.list(KIND, location_of(model)) if split_version(record["name"])[0] == model]


def find_version(state: State, name: str) -> Json:
    """The version that a name means: `models/ID`, `models/ID@3` or `models/ID@champion`.

    Raises:
        ServiceError: 404.
    """
    model, wanted = split_version(name)
    if wanted.isdecimal():
        found = state.get(KIND, f"{model}@{wanted}")
    else:
        found = next((record for record in versions_of(state, model) if wanted in record["versionAliases"]), None)
    if found is None:
        raise not_found(f"The Model does not exist: {name}")
    return found


def find_checkpoint(state: State, version: str, checkpoint: str) -> Json:
    """`epoch`, `step` and `file` of a checkpoint of the version with this name.

    Raises:
        ServiceError: 404.
    """
    found = state.get(CHECKPOINTS, f"{version}/checkpoints/{checkpoint}")
    if found is None:
        raise not_found(f"Checkpoint {checkpoint} does not exist in model {version}.")
    return found


def is_tuned(version: Json) -> bool:
    """Whether a tuning job made the version, or what it was copied from; others were uploaded."""
    return "defaultCheckpointId" in version


def base_model_of(version: Json) -> BaseModel:
    """The foundation model of a tuned version; labels may be changed by their owner, so they do not tell.

    Raises:
        ServiceError: 400, the version was uploaded.
    """
    if not is_tuned(version):
        raise failed_precondition(f"The Model {version['name']} is not a tuned model.")
    found = find_tunable(version["baseModelSource"]["modelGardenSource"]["publicModelName"])
    assert found is not None
    return found


def new_version(state: State, model: str) -> str:
    """`projects/N/locations/L/models/ID@V` with a number that the model has not had yet."""
    return f"{model}@{state.count(f'versions of {model}')}"


def add_version(state: State, record: Json, checkpoints: list[Json]) -> Json:
    """Register a version as the default one of its model and return its record.

    Args:
        state: Where it goes; a transaction should be open.
        record: The version's fields with the `name` that `new_version` gave.
        checkpoints: `checkpointId`, `epoch`, `step` and `file` of each.
    """
    model, number = split_version(record["name"])
    for other in versions_of(state, model):
        other["versionAliases"] = [alias for alias in other["versionAliases"] if alias != DEFAULT_ALIAS]
        state.put(KIND, other["name"], other)
    version = {**record, "versionId": number, "versionAliases": [DEFAULT_ALIAS]}
    version["checkpoints"] = [
        {field: checkpoint[field] for field in ("checkpointId", "epoch", "step")} for checkpoint in checkpoints
    ]
    state.put(KIND, version["name"], version)
    for checkpoint in checkpoints:
        add_checkpoint(state, version["name"], checkpoint)
    return version


def add_checkpoint(state: State, version: str, checkpoint: Json) -> None:
    """Keep `checkpointId`, `epoch`, `step` and `file` of a checkpoint of the version with this name."""
    state.put(CHECKPOINTS, f"{version}/checkpoints/{checkpoint['checkpointId']}", checkpoint)


def deployments_of(state: State, version: Json) -> list[Json]:
    """`endpoint` and `deployedModelId` of every deployment of a version, on the project's endpoints anywhere."""
    model = split_version(version["name"])[0]
    project = "/".join(model.split("/")[:2])
    return [
        {"endpoint": endpoint["name"], "deployedModelId": deployed["id"]}
        for endpoint in state.list("endpoints", f"{project}/locations")
        for deployed in endpoint["deployedModels"]
        if deployed["model"] == model and deployed["modelVersionId"] == version["versionId"]
    ]
