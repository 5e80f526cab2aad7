"""`pipelineJobs:batchCancel` and `:batchDelete`: several pipeline jobs in one call, all of them or none.

Source: BatchCancelPipelineJobsRequest and BatchDeletePipelineJobsRequest in types/pipeline_service.py of
google-cloud-aiplatform.
"""

from __future__ import annotations

from dataclasses import replace

from local_vertex.calls import Call, Handler, Json, invalid_argument
from local_vertex.context import Context, Service
from local_vertex.operations import done_operation
from local_vertex.pipeline_runs.pipeline_jobs import PipelineJobs
from local_vertex.resource_names import canonical

_MOST = 32


class JobBatches(Service):
    """The calls that name several jobs.

    Args:
        context: Shared state.
        jobs: The service that knows the jobs.
    """

    def __init__(self, context: Context, jobs: PipelineJobs) -> None:
        self._state, self._jobs = context.state, jobs

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        prefix = "projects.locations.pipelineJobs."
        return {prefix + "batchCancel": self.cancel, prefix + "batchDelete": self.delete}

    async def cancel(self, call: Call) -> Json:
        """A finished operation with the jobs, whose tasks have been asked to end; jobs that have ended are left out.

        The operation of the service ends when the jobs have ended.

        Raises:
            ServiceError: 404, or 400 for too many jobs or one of another location; no job is cancelled.
        """
        active = [job["name"] for job in self._named(call) if self._jobs.is_active(job)]
        for name in active:
            await self._jobs.cancel(replace(call, names={"name": name}))
        jobs = [await self._jobs.get(replace(call, names={"name": name})) for name in active]
        return self._operation(call, "BatchCancelPipelineJobs", jobs)

    async def delete(self, call: Call) -> Json:
        """A finished operation with the jobs, which are gone.

        Raises:
            ServiceError: 404, or 400 for too many jobs, one of another location or one that runs; no job is deleted.
        """
        jobs = self._named(call)
        for job in jobs:
            self._jobs.refuse_active(job)
        for job in jobs:
            await self._jobs.delete(replace(call, names={"name": job["name"]}))
        return self._operation(call, "BatchDeletePipelineJobs", jobs)

    def _named(self, call: Call) -> list[Json]:
        parent = call.names["parent"]
        names = list(dict.fromkeys(canonical(name) for name in call.body.get("names", [])))
        if not 1 <= len(names) <= _MOST:
            raise invalid_argument(f"names must have from 1 to {_MOST} PipelineJobs.")
        if other := next((name for name in names if not name.startswith(f"{parent}/pipelineJobs/")), None):
            raise invalid_argument(f"The PipelineJob {other[:200]} is not in {parent}.")
        return [self._jobs.stored(name) for name in names]

    def _operation(self, call: Call, kind: str, jobs: list[Json]) -> Json:
        metadata = f"{kind}OperationMetadata" if kind.startswith("BatchCancel") else "DeleteOperationMetadata"
        return done_operation(
            self._state, call, call.names["parent"], metadata, f"{kind}Response", {"pipelineJobs": jobs}
        )
