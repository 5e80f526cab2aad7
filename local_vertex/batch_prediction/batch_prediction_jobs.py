"""The batch prediction service: jobs that wait, answer files of requests, and can be listed, cancelled and deleted.

Source: the service's BatchPredictionJob resource, `projects.locations.batchPredictionJobs`, in v1 and v1beta1.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from local_vertex import faults
from local_vertex.batch_prediction.batch_output import JOBS, PLANS, forget_files, output_directory, publish
from local_vertex.batch_prediction.batch_requests import plan_batch
from local_vertex.batch_prediction.batch_run import BatchRun, change_job, completion_stats
from local_vertex.batch_prediction.line_faults import ALL_LINES
from local_vertex.calls import Call, Handler, Json, ServiceError, failed_precondition, not_found
from local_vertex.clock import timestamp
from local_vertex.context import Context, Service
from local_vertex.http_api.list_pages import list_page
from local_vertex.job_tasks import JobTasks
from local_vertex.operations import done_operation
from local_vertex.registry.model_versions import KIND as MODELS
from local_vertex.resource_labels import filter_fields

_ENDED = frozenset({"JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED"})
_AT_ONCE = 2
"""Jobs that run at once; the service has no such limit and queues by its capacity."""
_CANCELLED, _INTERNAL = 1, 13
_UNKNOWN = -1


class BatchPredictionJobs(Service):
    """Batch prediction jobs of every project.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._runs: dict[str, BatchRun] = {}
        self._tasks = JobTasks(self._run, self._cancelled, self._broken, self._fill)

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        methods: dict[str, Handler] = {
            "create": self.create,
            "get": self.get,
            "list": self.list,
            "cancel": self.cancel,
            "delete": self.delete,
        }
        return {f"projects.locations.batchPredictionJobs.{name}": handler for name, handler in methods.items()}

    async def start(self) -> None:
        """Queue again what a stopped server had under way; a job starts from its first line and writes one output."""
        for job in self._context.state.list(JOBS, "projects"):
            if job["state"] == "JOB_STATE_CANCELLING":
                await self._cancelled(job["name"])
            elif job["state"] not in _ENDED:
                self._change(job["name"], state="JOB_STATE_QUEUED")
        self._fill()

    async def stop(self) -> None:
        """Kill the processes that run; their jobs stay as they are and go on with the next start."""
        await self._tasks.stop()

    async def create(self, call: Call) -> Json:
        """The new job, queued.

        Raises:
            ServiceError: The request is refused; nothing was started.
        """
        parent, body, state = call.names["parent"], call.body, self._context.state
        plan = plan_batch(self._context, parent, body)
        name, now = f"{parent}/batchPredictionJobs/{state.new_id()}", timestamp()
        times = {"createTime": now, "updateTime": now}
        job = {**body, **times, "name": name, "state": "JOB_STATE_QUEUED"}
        if plan.checkpoint:
            job |= dict(zip(("model", "modelVersionId"), plan.version.split("@"), strict=True))
        fault = faults.requested_behaviour()
        met = fault.to_record() if fault else None
        lines = met if fault and fault.action in ALL_LINES else None
        saved = {**asdict(plan), "folder": f"prediction-model-{now}", "fault": met, "line_fault": lines}
        with state.transaction():
            state.put(JOBS, name, job)
            state.put(PLANS, name, saved)
        self._fill()
        return job

    def get(self, call: Call) -> Json:
        """The job.

        Raises:
            ServiceError: 404.
        """
        return self._job(call.names["name"])

    def list(self, call: Call) -> Json:
        """A page of the location's jobs, filtered by `labels.KEY`, `state` or another text field."""
        jobs = self._context.state.list(JOBS, call.names["parent"])
        return list_page("batchPredictionJobs", jobs, call.query, self._fields)

    def _fields(self, job: Json) -> dict[str, str]:
        """What jobs are filtered by: besides their texts `model_display_name`, of a model that is in the registry."""
        name = f"{job.get('model')}@{job.get('modelVersionId')}"
        version = self._context.state.get(MODELS, name) or {}
        return {**filter_fields(job), **({"model_display_name": version["displayName"]} if version else {})}

    async def cancel(self, call: Call) -> Json:
        """Nothing; the job ends as JOB_STATE_CANCELLED soon, unless every line is answered already.

        Raises:
            ServiceError: 404.
        """
        job = self._job(call.names["name"])
        run = self._runs.get(job["name"])
        if job["state"] not in _ENDED and not (run and run.finishing):
            self._change(job["name"], state="JOB_STATE_CANCELLING")
            if not self._tasks.cancel(job["name"]):
                await self._cancelled(job["name"])
        return {}

    def delete(self, call: Call) -> Json:
        """A finished operation; the job is gone, its output stays.

        Raises:
            ServiceError: 404, or 400 while the job has not ended.
        """
        job = self._job(call.names["name"])
        if job["state"] not in _ENDED:
            raise failed_precondition(
                f"The BatchPredictionJob {job['name']} is in state {job['state']}; only jobs that ended are deleted."
            )
        self._context.state.delete(JOBS, job["name"])
        self._context.state.delete(PLANS, job["name"])
        forget_files(self._context, job["name"])
        return done_operation(
            self._context.state, call, call.names["name"].rpartition("/batch")[0], "DeleteOperationMetadata"
        )

    def _job(self, name: str) -> Json:
        job = self._context.state.get(JOBS, name)
        if job is None:
            raise not_found(f"The BatchPredictionJob does not exist: {name}")
        return job

    def _fill(self) -> None:
        """Start queued jobs, oldest first."""
        for job in self._context.state.list(JOBS, "projects"):
            if len(self._tasks.names()) >= _AT_ONCE:
                return
            if job["state"] == "JOB_STATE_QUEUED" and self._fault(job["name"]).get("action") != "stay_queued":
                self._tasks.start(job["name"])

    async def _run(self, name: str) -> None:
        self._runs[name] = run = BatchRun(self._context, name)
        try:
            fault = self._fault(name)
            if fault.get("action") == "fail_job":
                self._end(name, "FAILED", _INTERNAL, fault["message"] or "Internal error encountered.")
            else:
                await run.run()
        except ServiceError as error:
            # The bucket of the output may be deleted while the job runs.
            self._end(name, "FAILED", _INTERNAL, error.message)
        finally:
            del self._runs[name]

    def _broken(self, name: str) -> None:
        self._end(name, "FAILED", _INTERNAL, "Internal error encountered.")

    async def _cancelled(self, name: str) -> None:
        fields: dict[str, Any] = {}
        try:
            counts = await asyncio.to_thread(publish, self._context, name)
        except ServiceError:
            # Without the bucket there is nowhere to leave what was answered.
            counts = None
        if counts:
            stats = self._job(name).get("completionStats")
            left = sum(map(int, stats.values())) - sum(counts) if stats else _UNKNOWN
            fields["completionStats"] = completion_stats(*counts, left)
            fields["outputInfo"] = {"gcsOutputDirectory": output_directory(self._plan(name))}
        self._end(name, "CANCELLED", _CANCELLED, "The batch prediction job was cancelled.", **fields)
        forget_files(self._context, name)

    def _end(self, name: str, state: str, code: int, message: str, **fields: Any) -> None:
        error = {"code": code, "message": message}
        self._change(name, state=f"JOB_STATE_{state}", error=error, endTime=timestamp(), **fields)

    def _change(self, name: str, **fields: Any) -> None:
        change_job(self._context, name, **fields)

    def _fault(self, name: str) -> Json:
        return self._plan(name)["fault"] or {}

    def _plan(self, name: str) -> Json:
        plan = self._context.state.get(PLANS, name)
        assert plan is not None
        return plan
