"""What a tuning job leaves: an endpoint for each checkpoint while it runs, a model version when it succeeds.

Source: the service's page "Checkpoints in supervised tuning". What becomes of the endpoints of a job that fails or is
cancelled is not documented; here they are taken back. An open model has no endpoints: the weights of its checkpoints
lie below `postprocess/node-0/checkpoints` of the output folder, the last ones in `final` (page on open models).
"""

from __future__ import annotations

from collections.abc import Collection

from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.context import Context
from local_vertex.registry.model_versions import (
    BASE_MODEL_LABEL,
    CHECKPOINTS,
    TUNE_TYPE_LABEL,
    add_checkpoint,
    add_version,
    location_of,
    new_version,
    split_version,
)
from local_vertex.tuning.job_records import PLANS, change_job, find_job, find_plan
from local_vertex.tuning.open_models import WEIGHTS

_SHOWN = ("checkpointId", "epoch", "step", "endpoint")


def deploy_checkpoint(context: Context, name: str, checkpoint: Json) -> None:
    """Deploy a checkpoint to an endpoint of its own and show it in the job's `tunedModel`.

    Args:
        context: Where the records go.
        name: The tuning job.
        checkpoint: `checkpointId`, `epoch`, `step` and `file` (below the state directory).
    """
    with context.state.transaction():
        job, version = find_job(context, name), _reserved_version(context, name)
        add_checkpoint(context.state, version, checkpoint)
        output = find_plan(context, name)["output"]
        if output:
            deployed = checkpoint
            _write_weights(context, output, f"checkpoint-{checkpoint['step']}", checkpoint)
        else:
            deployed = {**checkpoint, "endpoint": _endpoint(context, job, version, checkpoint)}
        kept = {field: deployed[field] for field in _SHOWN if field in deployed}
        shown = [*job.get("tunedModel", {}).get("checkpoints", []), kept]
        change_job(context, name, tunedModel={"checkpoints": shown})


def publish(context: Context, name: str, checkpoints: list[Json]) -> Json:
    """Register the model with the checkpoints that were deployed and return the job's `tunedModel`.

    Args:
        context: Where the records go; a transaction should be open.
        name: The tuning job.
        checkpoints: As they were given to `deploy_checkpoint`; others of the job are taken back.
    """
    job, plan, now = find_job(context, name), find_plan(context, name), timestamp()
    kept = {checkpoint["checkpointId"] for checkpoint in checkpoints}
    withdraw(context, name, keep=kept)
    record = {
        "name": plan["version"],
        "displayName": job["tunedModelDisplayName"],
        "description": job.get("description", ""),
        "labels": {**job.get("labels", {}), BASE_MODEL_LABEL: plan["base_model"], TUNE_TYPE_LABEL: "sft"},
        "createTime": now,
        "updateTime": now,
        "versionCreateTime": now,
        "versionUpdateTime": now,
        "baseModelSource": {"modelGardenSource": {"publicModelName": plan["publisher_name"]}},
        "modelSourceInfo": {"sourceType": "MODEL_GARDEN"},
        "defaultCheckpointId": checkpoints[-1]["checkpointId"],
    }
    record |= {field: job[field] for field in ("encryptionSpec",) if field in job}
    version = add_version(context.state, record, checkpoints)
    shown = [found for found in job["tunedModel"]["checkpoints"] if found["checkpointId"] in kept]
    if plan["output"]:
        _write_weights(context, plan["output"], "final", checkpoints[-1])
        return {"model": version["name"], "checkpoints": shown}
    return {"model": version["name"], "endpoint": shown[-1]["endpoint"], "checkpoints": shown}


def withdraw(context: Context, name: str, keep: Collection[str] = ()) -> None:
    """Delete the endpoints and checkpoints that a job has deployed so far, but for those to keep."""
    with context.state.transaction():
        for checkpoint in find_job(context, name).get("tunedModel", {}).get("checkpoints", []):
            if checkpoint["checkpointId"] not in keep:
                context.state.delete("endpoints", checkpoint.get("endpoint", ""))
                version = find_plan(context, name)["version"]
                context.state.delete(CHECKPOINTS, f"{version}/checkpoints/{checkpoint['checkpointId']}")


def _write_weights(context: Context, output: list[str], folder: str, checkpoint: Json) -> None:
    bucket, root = output
    content = (context.directory / checkpoint["file"]).read_bytes()
    context.objects.insert(bucket, f"{root}/postprocess/node-0/checkpoints/{folder}/{WEIGHTS}", content)


def _reserved_version(context: Context, name: str) -> str:
    """The version that the job will register; its number is taken when the first checkpoint is there."""
    plan = find_plan(context, name)
    if "version" not in plan:
        model = plan["parent_model"] or f"{location_of(name)}/models/{context.state.new_id()}"
        plan["version"] = new_version(context.state, model)
        context.state.put(PLANS, name, plan)
    return str(plan["version"])


def _endpoint(context: Context, job: Json, version: str, checkpoint: Json) -> str:
    """The name of a new endpoint that serves one checkpoint."""
    deployed_id, now = context.state.new_id(), timestamp()
    model, number = split_version(version)
    deployed = {
        "id": deployed_id,
        "model": model,
        "modelVersionId": number,
        "displayName": job["tunedModelDisplayName"],
        "createTime": now,
        "checkpointId": checkpoint["checkpointId"],
    }
    project = "/".join(job["name"].split("/")[:2])
    serving = f"{project}/locations/{find_plan(context, job['name'])['serving_location']}"
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
