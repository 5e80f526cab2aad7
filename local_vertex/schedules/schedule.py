"""The record of a schedule: made from a create request, changed by a patch, read by lists.

Source of the rules: google/cloud/aiplatform_v1/types/schedule.py and schedule_service.py.
"""

from __future__ import annotations

from local_vertex.calls import Call, Json, ServiceError, failed_precondition, invalid_argument
from local_vertex.clock import instant_us, timestamp
from local_vertex.http_api.schema_check import camel
from local_vertex.http_api.update_masks import masked_fields
from local_vertex.resource_names import canonical
from local_vertex.schedules import cron

SEEN = "seenTime"
"""Stored with the schedule and not part of the API: every due time until then was seen and waits for its start."""
REQUEST = "createPipelineJobRequest"
_OTHER_REQUESTS = ("createNotebookExecutionJobRequest", "createModelMonitoringJobRequest")
_TIMES = ("startTime", "endTime")
_COUNTS = {"maxRunCount": False, "maxConcurrentRunCount": True, "maxConcurrentActiveRunCount": False}
"""Counts and whether they are required."""
_CHANGEABLE = ("displayName", "cron", *_TIMES, *_COUNTS, "allowQueueing", REQUEST)
_OUTPUT_ONLY = (
    *("name", "state", "createTime", "updateTime", "nextRunTime", "lastPauseTime", "lastResumeTime"),
    *("startedRunCount", "catchUp", "lastScheduledRunResponse"),
)
_NAME_LENGTH = 128


def new_schedule(call: Call, number: str, now_us: int) -> Json:
    """The active schedule that a create request asks for.

    Its first run may lie in the past: the service starts every run since a `startTime` that has passed
    (https://github.com/sky-uk/kfp-operator/pull/583).

    Args:
        call: `schedules.create`.
        number: Last part of the name.
        now_us: Microseconds since 1970.

    Raises:
        ServiceError: 400 for what is missing or wrong.
    """
    parent, now = call.names["parent"], timestamp(now_us)
    schedule = {"startTime": now, **_input(call.body)}
    _check(schedule, parent)
    first = cron.parse(schedule["cron"]).after(instant_us(schedule["startTime"]) - ("startTime" in call.body))
    times = {"createTime": now, "updateTime": now}
    made = {**schedule, "name": f"{parent}/schedules/{number}", **times, "state": "ACTIVE"}
    return with_next_run(made, first)


def changed_schedule(schedule: Json, call: Call, now_us: int) -> Json:
    """The schedule as a patch leaves it; its next run is the first after now, runs that wait are given up.

    Raises:
        ServiceError: 400 for a completed schedule and for a mask or value that is not allowed.
    """
    if schedule["state"] == "COMPLETED":
        raise failed_precondition(f"The Schedule {schedule['name']} is completed and cannot be updated.")
    mask = call.query.get("updateMask")
    if not mask:
        raise invalid_argument("update_mask is required.")
    paths = [path for path in mask.split(",") if camel(path.strip()) not in _OUTPUT_ONLY]
    body = _input(call.body)
    changes = masked_fields(body, ",".join(paths), _CHANGEABLE) if paths else {}
    unset = [field for field in changes if field not in body]
    for field in unset:
        # A client does not send False.
        if field in schedule and field != "allowQueueing":
            raise invalid_argument(f"The field {field} is set and cannot be unset.")
    kept = {key: value for key, value in schedule.items() if key not in unset}
    changed = {**kept, **{field: body[field] for field in changes if field in body}, "updateTime": timestamp(now_us)}
    _check(changed, schedule["name"].split("/schedules/")[0])
    return restarted(changed, now_us)


def restarted(schedule: Json, now_us: int) -> Json:
    """The schedule with its next run after now and not before its start; nothing waits any more."""
    after = max(now_us, instant_us(schedule["startTime"]) - 1)
    fresh = {key: value for key, value in schedule.items() if key != SEEN}
    return with_next_run(fresh, cron.parse(schedule["cron"]).after(after))


def with_next_run(schedule: Json, due_us: int | None) -> Json:
    """The schedule with its next run; without one when there is none until its end."""
    last = instant_us(schedule["endTime"]) if "endTime" in schedule else None
    if due_us is None or (last is not None and due_us > last):
        return {key: value for key, value in schedule.items() if key != "nextRunTime"}
    return {**schedule, "nextRunTime": timestamp(due_us)}


def due_us(schedule: Json) -> int | None:
    """When the next run is due, microseconds since 1970."""
    return instant_us(schedule["nextRunTime"]) if "nextRunTime" in schedule else None


def public(schedule: Json) -> Json:
    """The resource as the API shows it."""
    return {key: value for key, value in schedule.items() if key != SEEN}


def list_fields(schedule: Json) -> dict[str, str]:
    """The fields that a list can be filtered by, after v1 `ListSchedulesRequest.filter`."""
    moments = {f"{moment}_time": f"{camel(moment)}Time" for moment in ("create", "start", "end", "next_run")}
    return {
        "display_name": schedule["displayName"],
        "state": schedule["state"],
        "create_pipeline_job_request": REQUEST,
        **{field: schedule[key] for field, key in moments.items() if key in schedule},
    }


def _input(body: Json) -> Json:
    """What the user set: proto defaults are as good as nothing, instants in one form, the project as its number."""
    given = {key: value for key, value in body.items() if value not in ("", "0", 0, False, {}) and key != "name"}
    for field in _TIMES:
        if field in given:
            try:
                given[field] = timestamp(instant_us(given[field]))
            except (ValueError, OverflowError):
                raise invalid_argument(f"{field} {given[field]!r} is not an instant.") from None
    if REQUEST in given:
        request = given[REQUEST]
        given[REQUEST] = {**request, "parent": canonical(request.get("parent", ""))}
    return given


def _check(schedule: Json, parent: str) -> None:
    if not 0 < len(schedule.get("displayName", "")) <= _NAME_LENGTH:
        raise invalid_argument(f"display_name is required and has at most {_NAME_LENGTH} characters.")
    if "cron" not in schedule:
        raise invalid_argument("time_specification is required: set cron.")
    cron.parse(schedule["cron"])
    for field, required in _COUNTS.items():
        if (required and field not in schedule) or int(schedule.get(field, 1)) < 1:
            raise invalid_argument(f"{field} {'is required and ' if required else ''}must be positive.")
    if "endTime" in schedule and schedule["endTime"] <= schedule["startTime"]:
        raise invalid_argument("end_time must be after start_time.")
    _check_request(schedule, parent)


def _check_request(schedule: Json, parent: str) -> None:
    for other in _OTHER_REQUESTS:
        if other in schedule:
            raise ServiceError(501, "UNIMPLEMENTED", f"local Vertex schedules pipeline jobs only, not {other}")
    if REQUEST not in schedule:
        raise invalid_argument("request is required: set create_pipeline_job_request.")
    request = schedule[REQUEST]
    if request["parent"] != parent:
        raise invalid_argument(f"create_pipeline_job_request.parent must be the schedule's location, {parent}.")
    if request.get("pipelineJobId"):
        raise invalid_argument("create_pipeline_job_request.pipeline_job_id cannot be set in a schedule.")
    if not request.get("pipelineJob"):
        raise invalid_argument("create_pipeline_job_request.pipeline_job is required.")
