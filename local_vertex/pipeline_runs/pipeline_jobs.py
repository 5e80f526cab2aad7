"""`projects.locations.pipelineJobs`: runs submitted pipelines on this machine and reports on them.

Differences from the service, on purpose: `templateUri` names what was uploaded to this server, caching is off,
`serviceAccount`, `network` and machine settings are kept but mean nothing, importers have no task detail.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local_vertex.calls import Call, Handler, Json, ServiceError, failed_precondition, not_found
from local_vertex.clock import timestamp
from local_vertex.context import Context, Service
from local_vertex.http_api.list_pages import list_page
from local_vertex.operations import done_operation
from local_vertex.pipeline_runs import parameters as pipeline_parameters
from local_vertex.pipeline_runs import run as pipeline_run
from local_vertex.pipeline_runs import spec as pipeline_spec
from local_vertex.pipeline_runs import task_events
from local_vertex.pipeline_runs.pipeline_job import failure_message, list_fields, new_job
from local_vertex.pipeline_runs.run import PipelineRun
from local_vertex.pipeline_runs.task_details import FAILED_PRECONDITION, failed_tasks, task_details
from local_vertex.pipeline_runs.templates import Templates
from local_vertex.server import environment

KIND = "pipelineJobs"
STOPPED = "local Vertex stopped while this run was executing"
_CANCELLED = 1
_STOP_S = 1.0
_ACTIVE = ("PIPELINE_STATE_PENDING", "PIPELINE_STATE_RUNNING", "PIPELINE_STATE_CANCELLING")


class PipelineJobs(Service):
    """The service; implements `context.Service`.

    Args:
        context: Shared state of the server.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._state = context.state
        self._templates = Templates(context.state)
        self._runs: dict[str, PipelineRun] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._tell: Callable[[], None] = lambda: None

    def when_changed(self, tell: Callable[[], None]) -> None:
        """Have something called whenever a job has changed its state."""
        self._tell = tell

    def handlers(self) -> dict[str, Handler]:
        """The methods by discovery identifier."""
        methods: dict[str, Handler] = {
            "create": self.create,
            "get": self.get,
            "list": self.list,
            "delete": self.delete,
            "cancel": self.cancel,
        }
        return {f"projects.locations.pipelineJobs.{name}": handler for name, handler in methods.items()}

    async def start(self) -> None:
        """Run the jobs that a stopped server had not begun, and close those whose processes ended with it."""
        for job in self._state.list(KIND, "projects"):
            if job["state"] == "PIPELINE_STATE_PENDING":
                self.launch(job["name"])
            elif job["state"] in _ACTIVE:
                self._end(job, "PIPELINE_STATE_FAILED", FAILED_PRECONDITION, STOPPED)

    async def stop(self) -> None:
        """End all processes and close their jobs."""
        self._stopping = True
        for run in self._runs.values():
            run.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_STOP_S)
        for run in self._runs.values():
            run.kill()
        await asyncio.gather(*self._tasks)

    async def create(self, call: Call) -> Json:
        """The new job; its run starts after the reply."""
        job = self.prepare(call.names["parent"], call.body, call.query.get("pipelineJobId", ""))
        self.launch(job["name"])
        return job

    def check(self, parent: str, body: Json) -> None:
        """Nothing when the job can be run.

        Raises:
            ServiceError: 400.
        """
        job = new_job(parent, self._templates.applied(body), "", "0")
        pipeline_parameters.arguments(job["pipelineSpec"], job["runtimeConfig"].get("parameterValues", {}))

    def prepare(
        self, parent: str, body: Json, job_id: str = "", *, schedule_name: str = "", scheduled_time: str = ""
    ) -> Json:
        """The new job, written in the caller's transaction; `launch` runs it, or else the next start of the server.

        Args:
            parent: `projects/N/locations/L`.
            body: The requested job.
            job_id: The requested identifier, if any.
            schedule_name: The schedule that starts it, if any.
            scheduled_time: When that was due.

        Raises:
            ServiceError: 400 for a job that cannot be run, 409 for an identifier that is taken.
        """
        number = self._state.new_id()
        job = new_job(parent, self._templates.applied(body), job_id, number)
        if schedule_name:
            job["scheduleName"] = schedule_name
        name = job["name"]
        values = job["runtimeConfig"].get("parameterValues", {})
        arguments = pipeline_parameters.arguments(job["pipelineSpec"], values)
        placeholders = pipeline_spec.job_placeholders(job, number, scheduled_time or job["createTime"])
        if self._state.get(KIND, name) is not None:
            raise ServiceError(409, "ALREADY_EXISTS", f"The PipelineJob {name} already exists.")
        pipeline_run.prepare(self._directory(name), job, arguments, placeholders)
        self._state.put(KIND, name, job)
        return job

    def launch(self, name: str) -> None:
        """Run a prepared job in the background."""
        self._runs[name] = PipelineRun(self._directory(name))
        task = asyncio.create_task(self._execute(name))
        # The event loop itself holds tasks by weak references only.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def unfinished_of(self, schedule_name: str) -> list[str]:
        """The states of the jobs that a schedule started and that have not ended."""
        jobs = map(self.stored, self._runs)
        return [job["state"] for job in jobs if job.get("scheduleName") == schedule_name]

    async def get(self, call: Call) -> Json:
        """The job with its tasks as they are now."""
        return self._with_details(self.stored(call.names["name"]))

    async def list(self, call: Call) -> Json:
        """The jobs of a location, newest first unless `orderBy` says otherwise."""
        jobs = reversed(self._state.list(KIND, call.names["parent"]))
        return list_page("pipelineJobs", [self._with_details(job) for job in jobs], call.query, list_fields)

    async def delete(self, call: Call) -> Json:
        """An operation that is done; the job and what its run left are gone."""
        job = self.stored(call.names["name"])
        self.refuse_active(job)
        self._state.delete(KIND, job["name"])
        shutil.rmtree(self._directory(job["name"]), ignore_errors=True)
        parent = job["name"].split("/pipelineJobs/")[0]
        return done_operation(self._state, call, parent, "DeleteOperationMetadata")

    def is_active(self, job: Json) -> bool:
        """Whether the job has not ended."""
        return job["state"] in _ACTIVE

    def refuse_active(self, job: Json) -> None:
        """Nothing when the job has ended.

        Raises:
            ServiceError: 400, it cannot be deleted.
        """
        if self.is_active(job):
            raise failed_precondition(f"The PipelineJob {job['name']} is in state {job['state']}; cancel it first.")

    async def cancel(self, call: Call) -> Json:
        """Nothing; the tasks have been asked to end. A job that has ended stays as it is."""
        job = self.stored(call.names["name"])
        if job["state"] in _ACTIVE[:2]:
            self._change(job, state="PIPELINE_STATE_CANCELLING")
            self._runs[job["name"]].cancel()
        return {}

    async def _execute(self, name: str) -> None:
        run, job = self._runs[name], self.stored(name)
        ended = ""
        if job["state"] == "PIPELINE_STATE_PENDING":
            self._change(job, state="PIPELINE_STATE_RUNNING", startTime=timestamp())
            try:
                status = await run.execute(self._environment(name))
                ended = f"The worker of the run ended with status {status} before it had a result."
            except OSError as error:
                ended = f"The worker of the run could not be started: {error}."
        del self._runs[name]
        self._close(self.stored(name), ended)

    def _close(self, job: Json, ended: str) -> None:
        directory = self._directory(job["name"])
        cause = pipeline_run.cause(directory)
        if cause == "":
            self._change(job, state="PIPELINE_STATE_SUCCEEDED", endTime=timestamp())
        elif job["state"] == "PIPELINE_STATE_CANCELLING":
            self._end(job, "PIPELINE_STATE_CANCELLED", _CANCELLED, "The PipelineJob was cancelled.")
        elif self._stopping:
            self._end(job, "PIPELINE_STATE_FAILED", FAILED_PRECONDITION, STOPPED)
        else:
            failed = failed_tasks(task_details(job, task_events.read(directory)))
            message = failure_message(job["name"], failed, cause or ended)
            self._end(job, "PIPELINE_STATE_FAILED", FAILED_PRECONDITION, message)

    def _end(self, job: Json, state: str, code: int, message: str) -> None:
        self._change(job, state=state, endTime=timestamp(), error={"code": code, "message": message})

    def _change(self, job: Json, **fields: Any) -> None:
        self._state.put(KIND, job["name"], {**job, **fields, "updateTime": timestamp()})
        self._tell()

    def stored(self, name: str) -> Json:
        """The record of a job, without the details of its tasks.

        Raises:
            ServiceError: 404.
        """
        job = self._state.get(KIND, name)
        if job is None:
            raise not_found(f"The PipelineJob {name} does not exist.")
        return job

    def _with_details(self, job: Json) -> Json:
        events = task_events.read(self._directory(job["name"]))
        return {**job, "jobDetail": {"taskDetails": task_details(job, events)}}

    def _directory(self, name: str) -> Path:
        _, project, _, location, _, job_id = name.split("/")
        return self._context.directory.absolute() / KIND / f"{project}-{location}" / job_id

    def _environment(self, name: str) -> dict[str, str]:
        _, project, _, location, *_ = name.split("/")
        recipe = environment(self._context.base_url, self._context.directory)
        return {**os.environ, **recipe, "GOOGLE_CLOUD_PROJECT": project, "GOOGLE_CLOUD_LOCATION": location}
