"""The tuning service: supervised tuning jobs that wait for quota, run, and can be listed and cancelled.

Source: the service's TuningJob resource, `projects.locations.tuningJobs`, in v1 and v1beta1. There is no delete.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from local_vertex import faults
from local_vertex.calls import Call, Handler, Json, ServiceError, not_found
from local_vertex.clock import now_us, timestamp
from local_vertex.context import Context, Service
from local_vertex.http_api.list_pages import list_page
from local_vertex.job_tasks import JobTasks
from local_vertex.resource_labels import filter_fields
from local_vertex.tuning.job_records import JOBS, PLANS, change_job, find_plan
from local_vertex.tuning.tuning_requests import plan_tuning
from local_vertex.tuning.tuning_run import TuningRun, end_without_model, queue_again

_ENDED = frozenset({"JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED"})
_BETA_ONLY = ("tuningJobState", "tuningJobMetadata")
_QUEUED = {"state": "JOB_STATE_QUEUED", "tuningJobState": "TUNING_JOB_STATE_WAITING_FOR_QUOTA"}
_CANCELLED, _INTERNAL = 1, 13
_BROKEN = "Internal error encountered."
_NEVER_US = 1 << 62
_LATER_S = 0.01


class TuningJobs(Service):
    """Tuning jobs of every project.

    Args:
        context: Shared state; the quota of each project and what happens above it are among its settings.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tasks = JobTasks(self._run, self._close_cancelled, self._failed, self._fill)

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        prefix = "projects.locations.tuningJobs."
        return {
            prefix + "create": self.create,
            prefix + "get": self.get,
            prefix + "list": self.list,
            prefix + "cancel": self.cancel,
        }

    async def start(self) -> None:
        """Queue again what a stopped server had under way; a fit starts from its beginning."""
        for job in self._context.state.list(JOBS, "projects"):
            if job["state"] == "JOB_STATE_CANCELLING":
                self._cancelled(job["name"])
            elif job["state"] not in _ENDED:
                queue_again(self._context, job["name"], **_QUEUED)
            self._fill_when_due(self._plan_fault(job["name"]))
        self._fill()

    async def stop(self) -> None:
        """Kill the fits that run; their jobs stay as they are and go on with the next start."""
        await self._tasks.stop()

    async def create(self, call: Call) -> Json:
        """The new job, queued.

        Raises:
            ServiceError: The request is refused, or 429 above the quota if the settings say so; nothing was started.
        """
        parent, body, state = call.names["parent"], call.body, self._context.state
        plan = plan_tuning(self._context, parent, body)
        self._check_quota(parent)
        number, now = state.new_id(), timestamp()
        job = {
            **body,
            **_QUEUED,
            "name": f"{parent}/tuningJobs/{number}",
            "createTime": now,
            "updateTime": now,
            "tunedModelDisplayName": body.get("tunedModelDisplayName") or f"tuned-model-{number}",
        }
        if "preTunedModel" in job:
            job["preTunedModel"] = {**job["preTunedModel"], "baseModel": plan.base_model.name}
        fault = faults.requested_behaviour()
        saved = {
            **asdict(plan),
            "base_model": plan.base_model.name,
            "publisher_name": plan.base_model.publisher_name,
            "serving_location": plan.base_model.serving_location(parent.rpartition("/")[2]),
            "fault": self._kept(fault) if fault else None,
        }
        with state.transaction():
            state.put(JOBS, job["name"], job)
            state.put(PLANS, job["name"], saved)
        reply = self._shown(job, call.version)
        self._fill_when_due(saved["fault"] or {})
        self._fill()
        return reply

    def get(self, call: Call) -> Json:
        """The job; a fault `show_state` lets it look as if it were in a state that jobs here do not come into.

        Raises:
            ServiceError: 404.
        """
        shown, fault = self._shown(self._job(call.names["name"]), call.version), faults.requested_behaviour()
        return {**shown, "state": fault.message} if fault and fault.action == "show_state" else shown

    def list(self, call: Call) -> Json:
        """A page of the location's jobs, filtered by `labels.KEY`, `state` or another text field."""
        jobs = [self._shown(job, call.version) for job in self._context.state.list(JOBS, call.names["parent"])]
        return list_page("tuningJobs", jobs, call.query, filter_fields)

    def cancel(self, call: Call) -> Json:
        """Nothing; the job ends as JOB_STATE_CANCELLED soon, unless it has ended before.

        Raises:
            ServiceError: 404.
        """
        job = self._job(call.names["name"])
        if job["state"] not in _ENDED:
            change_job(self._context, job["name"], state="JOB_STATE_CANCELLING")
            if not self._tasks.cancel(job["name"]):
                self._cancelled(job["name"])
        return {}

    def _job(self, name: str) -> Json:
        job = self._context.state.get(JOBS, name)
        if job is None:
            raise not_found(f"The TuningJob does not exist: {name}")
        return job

    def _check_quota(self, parent: str) -> None:
        """Source of the words: what the service answers above other quotas, the quota's name from its quotas page."""
        settings, project = self._context.settings, "/".join(parent.split("/")[:2])
        jobs = self._context.state.list(JOBS, f"{project}/locations")
        under_way = sum(job["state"] not in _ENDED for job in jobs)
        if settings.above_tuning_quota == "refuse" and under_way >= settings.concurrent_tuning_jobs:
            raise ServiceError(
                429,
                "RESOURCE_EXHAUSTED",
                "Quota exceeded for quota metric 'Global concurrent tuning jobs' of the project: "
                f"{under_way} of {settings.concurrent_tuning_jobs} are under way.",
            )

    def _fill(self) -> None:
        """Start queued jobs, oldest first, up to the quota of their project."""
        for job in self._context.state.list(JOBS, "projects"):
            project = job["name"].split("/")[1]
            running = sum(name.split("/")[1] == project for name in self._tasks.names())
            waits = job["state"] == "JOB_STATE_QUEUED" and running < self._context.settings.concurrent_tuning_jobs
            if waits and self._plan_fault(job["name"]).get("queued_until_us", 0) <= now_us():
                self._tasks.start(job["name"])

    def _kept(self, fault: faults.Fault) -> Json:
        """The fault as the plan remembers it."""
        kept: Json = {"action": fault.action, "message": fault.message}
        if fault.action == "stay_queued":
            kept["queued_until_us"] = now_us() + int(fault.delay_s * 1_000_000) if fault.delay_s else _NEVER_US
        return kept

    def _fill_when_due(self, fault: Json) -> None:
        """Look at the queue again when a job has been kept in it long enough."""
        left_us = fault.get("queued_until_us", 0) - now_us()
        if 0 < left_us < _NEVER_US // 2:
            # A little later, because the loop's clock is not the wall's.
            asyncio.get_running_loop().call_later(left_us / 1_000_000 + _LATER_S, self._fill)

    async def _run(self, name: str) -> None:
        fault = self._plan_fault(name)
        try:
            if fault.get("action") == "fail_job":
                self._failed(name, fault["message"] or _BROKEN)
            else:
                await TuningRun(self._context, name).run()
        except ServiceError as error:
            # The bucket of the training data may be deleted while the job runs.
            self._failed(name, error.message)

    async def _close_cancelled(self, name: str) -> None:
        self._cancelled(name)

    def _failed(self, name: str, message: str = _BROKEN) -> None:
        end_without_model(self._context, name, "JOB_STATE_FAILED", {"code": _INTERNAL, "message": message})

    def _cancelled(self, name: str) -> None:
        error = {"code": _CANCELLED, "message": "The tuning job was cancelled."}
        end_without_model(self._context, name, "JOB_STATE_CANCELLED", error)

    def _plan_fault(self, name: str) -> Json:
        return find_plan(self._context, name)["fault"] or {}

    def _shown(self, job: Json, version: str) -> Json:
        """The job as a client of this API version sees it, with the endpoint of the model's default checkpoint."""
        shown = {name: value for name, value in job.items() if version != "v1" or name not in _BETA_ONLY}
        if "model" in job.get("tunedModel", {}):
            model = self._context.state.get("models", job["tunedModel"]["model"])
            default = model["defaultCheckpointId"] if model else None
            for checkpoint in job["tunedModel"]["checkpoints"]:
                if checkpoint["checkpointId"] == default and "endpoint" in checkpoint:
                    shown["tunedModel"] = {**job["tunedModel"], "endpoint": checkpoint["endpoint"]}
        return shown
