"""What a successful tuning job leaves: a model version with checkpoints, and an endpoint for each of them."""

from __future__ import annotations

from typing import Any

from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.context import Context
from local_vertex.registry.model_versions import (
    BASE_MODEL_LABEL,
    TUNE_TYPE_LABEL,
    add_version,
    location_of,
    split_version,
)


def publish(context: Context, job: Json, plan: dict[str, Any], checkpoints: list[Json]) -> Json:
    """Register the model, deploy every checkpoint and return the job's `tunedModel`.

    Args:
        context: Where the records go.
        job: The tuning job.
        plan: `base_model`, `parent_model` and `serving_location` of the job's plan.
        checkpoints: `checkpointId`, `epoch`, `step` and `file` of each, in order.
    """
    state, now = context.state, timestamp()
    parent = location_of(job["name"])
    labels = {**job.get("labels", {}), BASE_MODEL_LABEL: plan["base_model"], TUNE_TYPE_LABEL: "sft"}
    record = {
        "name": plan["parent_model"] or f"{parent}/models/{state.new_id()}",
        "displayName": job["tunedModelDisplayName"],
        "description": job.get("description", ""),
        "labels": labels,
        "createTime": now,
        "updateTime": now,
        "versionCreateTime": now,
        "versionUpdateTime": now,
        "baseModelSource": {"modelGardenSource": {"publicModelName": f"publishers/google/models/{plan['base_model']}"}},
        "modelSourceInfo": {"sourceType": "MODEL_GARDEN"},
        "defaultCheckpointId": checkpoints[-1]["checkpointId"],
    }
    version = add_version(state, record, checkpoints)
    project = "/".join(parent.split("/")[:2])
    serving = f"{project}/locations/{plan['serving_location']}"
    deployed = [
        {**checkpoint, "endpoint": _endpoint(context, serving, job, version, checkpoint)} for checkpoint in checkpoints
    ]
    fields = ("checkpointId", "epoch", "step", "endpoint")
    return {
        "model": version["name"],
        "endpoint": deployed[-1]["endpoint"],
        "checkpoints": [{field: checkpoint[field] for field in fields} for checkpoint in deployed],
    }


def _endpoint(context: Context, serving: str, job: Json, version: Json, checkpoint: Json) -> str:
    """The name of a new endpoint that serves one checkpoint."""
    deployed_id, now = context.state.new_id(), timestamp()
    deployed = {
        "id": deployed_id,
        "model": split_version(version["name"])[0],
        "modelVersionId": version["versionId"],
        "displayName": job["tunedModelDisplayName"],
        "createTime": now,
        "checkpointId": checkpoint["checkpointId"],
    }
    endpoint = {
        "name": f"{serving}/endpoints/{context.state.new_id()}",
        "displayName": job["tunedModelDisplayName"],
        "labels": job.get("labels", {}),
        "deployedModels": [deployed],
        "trafficSplit": {deployed_id: 100},
        "createTime": now,
        "updateTime": now,
    }
    context.state.put("endpoints", endpoint["name"], endpoint)
    return str(endpoint["name"])
