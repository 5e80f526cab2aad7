"""The record of a pipeline job: made from a create request, read by lists, closed with the service's sentences."""

from __future__ import annotations

import re

from local_vertex.calls import Json, invalid_argument
from local_vertex.clock import timestamp
from local_vertex.pipeline_runs import spec as pipeline_spec

# The pattern of the SDK (`aiplatform.pipeline_jobs._VALID_NAME_PATTERN`), lower case only; it names a folder here.
_JOB_ID = re.compile(r"[a-z][-a-z0-9]{0,127}")
_PARENT = re.compile(r"projects/(\d+)/locations/([a-z0-9-]+)")


def new_job(parent: str, body: Json, job_id: str, number: str) -> Json:
    """The job that a create request asks for, in state PENDING.

    Args:
        parent: `projects/N/locations/L`.
        body: The requested job.
        job_id: The requested identifier; empty when the request does not name one.
        number: Makes the identifier unique then.

    Raises:
        ServiceError: 400 for a request that cannot be run.
    """
    if not _PARENT.fullmatch(parent):
        raise invalid_argument(f"{parent} is not a location of a project.")
    spec, config = body.get("pipelineSpec"), body.get("runtimeConfig", {})
    if not spec:
        raise invalid_argument("pipeline_spec or template_uri is required.")
    pipeline_spec.check(spec)
    root = config.get("gcsOutputDirectory", "")
    if not root.startswith("gs://") or "{{$" in root:
        raise invalid_argument("runtime_config.gcs_output_directory is required and must start with gs://.")
    if config.get("parameters"):
        raise invalid_argument("runtime_config.parameters is for schema version 2.0.0; use parameter_values.")
    job_id = job_id or f"{spec['pipelineInfo']['name']}-{number}"
    if not _JOB_ID.fullmatch(job_id):
        raise invalid_argument(f"pipeline_job_id {job_id!r} does not match {_JOB_ID.pattern}.")
    now = timestamp()
    name = f"{parent}/pipelineJobs/{job_id}"
    times = {"createTime": now, "updateTime": now}
    return {"displayName": job_id, **body, "name": name, **times, "state": "PIPELINE_STATE_PENDING"}


def list_fields(job: Json) -> dict[str, str]:
    """The fields that a list can be filtered by, after v1 `ListPipelineJobsRequest.filter`.

    `schedule_name` is not documented there, but the SDK lists the jobs of a schedule by it (pipeline_job_schedules.py).
    """
    moments = {f"{moment}_time": f"{moment}Time" for moment in ("create", "update", "start", "end")}
    return {
        "pipeline_name": job["pipelineSpec"]["pipelineInfo"]["name"],
        "display_name": job["displayName"],
        "state": job["state"],
        "pipeline_job_user_id": job["name"].rpartition("/")[2],
        **({"template_uri": job["templateUri"]} if "templateUri" in job else {}),
        **(
            {"template_metadata.version": version}
            if (version := job.get("templateMetadata", {}).get("version"))
            else {}
        ),
        **({"schedule_name": job["scheduleName"]} if "scheduleName" in job else {}),
        **{field: job[key] for field, key in moments.items() if key in job},
        **{f"labels.{key}": value for key, value in job.get("labels", {}).items()},
    }


def failure_message(name: str, failed: list[str], cause: str) -> str:
    """The message of a failed job: the service's sentence, then the orchestrator's when no task alone is to blame.

    Args:
        name: The job's name.
        failed: Names of the failed tasks.
        cause: What the orchestrator said.
    """
    _, project, _, _, _, job_id = name.split("/")
    what = "The DAG failed."
    if failed:
        what = f"The DAG failed because some tasks failed. The failed tasks are: [{', '.join(failed)}]."
    orchestrator = "" if failed and "Inner task failed" in cause else f" {cause}"
    return f"{what}{orchestrator}; Job (project_id = {project}, job_id = {job_id}) is failed due to the above error."
