"""What the service checks before it accepts a tuning job, and what the job then is.

Source of the sentences: recorded replies of the service where there are any (adapter size, training file); the others
say the documented rule in the same manner.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from local_vertex.calls import Json, ServiceError, failed_precondition, invalid_argument
from local_vertex.context import Context
from local_vertex.registry.model_versions import (
    base_model_of,
    find_checkpoint,
    find_version,
    location_of,
    split_version,
)
from local_vertex.resource_labels import check_labels
from local_vertex.resource_names import canonical
from local_vertex.tuning.base_models import BaseModel, find_tunable
from local_vertex.tuning.evaluation_config import check_evaluation
from local_vertex.tuning.open_models import (
    DEFAULT_RATE,
    FULL,
    FULL_CAPACITY,
    custom_weights,
    output_folder,
    tuning_mode,
)

_SPECIFICATIONS = (
    "preferenceOptimizationSpec", "reinforcementTuningSpec", "distillationSpec", "fullFineTuningSpec",
    "partnerModelTuningSpec", "veoTuningSpec", "veoLoraTuningSpec",
)  # fmt: skip
_OPEN_MODELS_ONLY = ("customBaseModel", "outputUri")
_OPEN_MODELS_ONLY_HYPERPARAMETERS = ("batchSize", "learningRate")
_LONGEST_DISPLAY_NAME = 128
_OBJECT = re.compile(r"gs://(?P<bucket>[^/]+)/(?P<name>.+\.jsonl)")


@dataclass(frozen=True, slots=True)
class TuningPlan:
    """What an accepted job does.

    Attributes:
        base_model: The foundation model.
        training: Bucket and name of the training file.
        validation: Bucket and name of the validation file, None without one.
        epochs: Passes over the training file; 0 lets the learner choose.
        learning_rate_multiplier: Factor on the learner's own rate.
        adapter_size: Rank of the adapter.
        last_checkpoint_only: Whether only the last epoch leaves a checkpoint.
        earlier_checkpoint: File of the checkpoint to go on from, below the state directory; empty without one.
        parent_model: Model that gets a new version; empty for a model of its own.
        evaluation: How every checkpoint is evaluated, `evaluationConfig`; None when none is.
        output: Bucket and folder of an open model's weights; None for Gemini, whose weights nobody sees.
    """

    base_model: BaseModel
    training: tuple[str, str]
    validation: tuple[str, str] | None
    epochs: int
    learning_rate_multiplier: float
    adapter_size: int
    last_checkpoint_only: bool
    earlier_checkpoint: str
    parent_model: str
    evaluation: Json | None
    output: tuple[str, str] | None = None


def plan_tuning(context: Context, parent: str, body: Json) -> TuningPlan:
    """The plan of a create request.

    Args:
        context: Where the files and the earlier models are.
        parent: `projects/N/locations/L`.
        body: The TuningJob as it was sent.

    Raises:
        ServiceError: The service would refuse it, or local Vertex cannot do it (501).
    """
    if len(body.get("tunedModelDisplayName", "")) > _LONGEST_DISPLAY_NAME:
        raise invalid_argument(f"tuned_model_display_name has more than {_LONGEST_DISPLAY_NAME} characters.")
    check_labels(body.get("labels", {}))
    specification, earlier, parent_model = _specification(body), "", ""
    if "preTunedModel" in body:
        base_model, earlier, parent_model = _pre_tuned(context, parent, body)
    else:
        base_model = _base_model(body.get("baseModel", ""))
    if base_model.is_open:
        return _open_plan(context, parent, body, base_model)
    _check_gemini_only(body)
    location = parent.rpartition("/")[2]
    base_model.check_tuning(location, customer_key=bool(body.get("encryptionSpec", {}).get("kmsKeyName")))
    hyperparameters = specification.get("hyperParameters", {})
    epochs, multiplier = _hyperparameters(hyperparameters)
    training, validation = _data_files(context, specification)
    if "evaluationConfig" in specification:
        check_evaluation(context.state, parent, base_model, specification)
    return TuningPlan(
        base_model,
        training,
        validation,
        epochs,
        multiplier,
        base_model.adapter_size(hyperparameters.get("adapterSize")),
        bool(specification.get("exportLastCheckpointOnly")),
        earlier,
        parent_model,
        specification.get("evaluationConfig"),
    )


def _specification(body: Json) -> Json:
    for other in _SPECIFICATIONS:
        if other in body:
            raise ServiceError(501, "UNIMPLEMENTED", f"local Vertex tunes with supervisedTuningSpec only, not {other}.")
    if "supervisedTuningSpec" not in body:
        raise invalid_argument("The tuning job must have a tuning specification: supervised_tuning_spec is missing.")
    specification: Json = body["supervisedTuningSpec"]
    return specification


def _check_gemini_only(body: Json) -> None:
    specification = body["supervisedTuningSpec"]
    hyperparameters = specification.get("hyperParameters", {})
    used = [field for field in _OPEN_MODELS_ONLY if body.get(field)]
    used += [field for field in _OPEN_MODELS_ONLY_HYPERPARAMETERS if hyperparameters.get(field)]
    if used or specification.get("tuningMode", "TUNING_MODE_UNSPECIFIED") != "TUNING_MODE_UNSPECIFIED":
        raise invalid_argument(f"{', '.join(used) or 'tuningMode'}: supported for open models only, not for Gemini.")


def _open_plan(context: Context, parent: str, body: Json, base_model: BaseModel) -> TuningPlan:
    """The plan of an open model: it has a rate instead of a multiplier, and its weights go to a folder."""
    if "preTunedModel" in body:
        raise invalid_argument(f"pre_tuned_model is not supported for {base_model.name}; use custom_base_model.")
    specification = body["supervisedTuningSpec"]
    hyperparameters = specification.get("hyperParameters", {})
    customer_key = bool(body.get("encryptionSpec", {}).get("kmsKeyName"))
    base_model.check_tuning(parent.rpartition("/")[2], customer_key=customer_key)
    if "evaluationConfig" in specification:
        raise failed_precondition(f"evaluation_config is not supported for {base_model.name}; it is for Gemini 2.5.")
    mode = tuning_mode(base_model.name, base_model.modes, specification)
    training, validation = _data_files(context, specification)
    epochs, _ = _hyperparameters(hyperparameters)
    return TuningPlan(
        base_model,
        training,
        validation,
        epochs,
        float(hyperparameters.get("learningRate") or DEFAULT_RATE) / DEFAULT_RATE,
        FULL_CAPACITY if mode == FULL else base_model.adapter_size(hyperparameters.get("adapterSize")),
        bool(specification.get("exportLastCheckpointOnly")),
        custom_weights(context, body.get("customBaseModel", "")),
        "",
        None,
        output_folder(context, body.get("outputUri", "")),
    )


def _base_model(name: str) -> BaseModel:
    found = find_tunable(name)
    if found is None:
        raise invalid_argument(f"Base model {name} is not supported." if name else "base_model is missing.")
    return found


def _pre_tuned(context: Context, parent: str, body: Json) -> tuple[BaseModel, str, str]:
    """Base model, checkpoint file and parent model of a continued tuning."""
    if body.get("baseModel"):
        raise invalid_argument("base_model and pre_tuned_model exclude each other.")
    name = canonical(body["preTunedModel"].get("tunedModelName", ""))
    version = find_version(context.state, name)
    if location_of(version["name"]) != parent:
        raise invalid_argument(f"The pre-tuned model {name} is in another location than the tuning job.")
    if body.get("encryptionSpec", {}) != version.get("encryptionSpec", {}):
        raise failed_precondition(f"The tuning job must have the same encryption_spec as the pre-tuned model {name}.")
    checkpoint = body["preTunedModel"].get("checkpointId") or version["defaultCheckpointId"]
    file = find_checkpoint(context.state, version["name"], checkpoint)["file"]
    display_name = body.get("tunedModelDisplayName")
    same_model = display_name in (None, "", version["displayName"])
    parent_model = split_version(version["name"])[0] if same_model else ""
    return base_model_of(version), file, parent_model


def _hyperparameters(hyperparameters: Json) -> tuple[int, float]:
    """Epochs and learning-rate multiplier; in the proto 0 is the same as not given."""
    epochs = int(hyperparameters.get("epochCount") or 0)
    multiplier = float(hyperparameters.get("learningRateMultiplier") or 1.0)
    if epochs < 0:
        raise invalid_argument("epoch_count must be positive.")
    if not 0 < multiplier < float("inf"):
        raise invalid_argument("learning_rate_multiplier must be positive.")
    return epochs, multiplier


def _data_files(context: Context, specification: Json) -> tuple[tuple[str, str], tuple[str, str] | None]:
    """Bucket and name of the training file, and of the validation file where there is one."""
    training = _data_file(context, specification.get("trainingDatasetUri", ""), "training_dataset_uri")
    uri = specification.get("validationDatasetUri")
    return training, _data_file(context, uri, "validation_dataset_uri") if uri else None


def _data_file(context: Context, uri: str, field: str) -> tuple[str, str]:
    match = _OBJECT.fullmatch(uri)
    if match is None or context.objects.path(match["bucket"], match["name"]) is None:
        path = f"tuning_job.supervised_tuning_spec.{field}"
        sentence = f"{field} should be a GCS object of type JSONL."
        detail = {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": path, "description": sentence}],
        }
        message = f"List of found errors:\t1.Field: {path}; Message: {sentence}\t"
        raise ServiceError(400, "INVALID_ARGUMENT", message, [detail])
    return match["bucket"], match["name"]
