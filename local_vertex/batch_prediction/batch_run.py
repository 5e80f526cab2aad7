"""One batch prediction job in a process of its own, and what of it the job shows."""

from __future__ import annotations

import asyncio
import json
import re
from fnmatch import fnmatchcase
from typing import Any

from local_vertex.batch_prediction.batch_output import JOBS, PLANS, folder_of, forget_files, output_directory, publish
from local_vertex.batch_prediction.line_faults import LINE_ACTIONS
from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.context import Context
from local_vertex.tuning.base_models import find_base_model
from local_vertex.worker_process import LOG, run_worker

_MODULE = "local_vertex.batch_prediction.worker"
_INVALID, _NOT_FOUND, _INTERNAL = 3, 5, 13
_WILDCARD = re.compile(r"[*?\[]")
_MOST_PARTIAL_FAILURES = 20


class BatchRun:
    """The work of one job.

    Args:
        context: Shared state.
        name: Resource name of the job; its plan is in the state.

    Attributes:
        finishing: Whether every line is answered, so that a cancel comes too late.
    """

    def __init__(self, context: Context, name: str) -> None:
        self._context, self._name = context, name
        self._folder = folder_of(context, name)
        plan = context.state.get(PLANS, name)
        assert plan is not None
        self._plan = plan
        self._lines = 0
        self._counts = {"successful": 0, "failed": 0}
        self._missing: list[str] = []
        self.finishing = False

    async def run(self) -> None:
        """Answer and publish; the job ends as SUCCEEDED, PARTIALLY_SUCCEEDED or FAILED. Cancelling kills the process.

        Raises:
            ServiceError: The bucket of the output is gone.
        """
        self._change(state="JOB_STATE_PENDING")
        cause = self._prepare()
        if cause:
            return self._fail(_NOT_FOUND, cause)
        status = await run_worker(_MODULE, self._folder / "job.json", self._take)
        if not self.finishing:
            return self._fail(_INTERNAL, f"The batch process ended with status {status}; see {self._folder / LOG}.")
        if not self._lines:
            return self._fail(_INVALID, "The input has no requests.")
        await asyncio.to_thread(publish, self._context, self._name)
        self._close()
        forget_files(self._context, self._name)

    def _prepare(self) -> str:
        """Write what the process reads; returns what is missing for it, else nothing."""
        bucket = self._plan["destination"][0]
        if self._context.state.get("buckets", f"b/{bucket}") is None:
            return f"The bucket gs://{bucket} of the output does not exist."
        checkpoint = self._plan["checkpoint"]
        file = self._context.directory / checkpoint if checkpoint else None
        if file is not None and not file.exists():
            return f"The Model does not exist: {self._plan['version']}"
        files = [path for source in self._plan["sources"] for path in self._files(*source)]
        if not files:
            return f"No input was found: {', '.join(self._missing)}"
        base_model = find_base_model(self._plan["base_model"])
        assert base_model is not None
        job = {
            "name": self._name,
            "version": self._plan["version"],
            "small": base_model.small,
            "checkpoint": str(file) if file else None,
            "files": files,
            "fault": self._plan["line_fault"],
            "rules": [rule for rule in self._context.faults.rules() if rule["action"] in LINE_ACTIONS],
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "job.json").write_text(json.dumps(job))
        return ""

    def _files(self, bucket: str, pattern: str) -> list[str]:
        """The content files of the objects that an input URI means."""
        objects = self._context.objects
        names = [found["name"] for found in objects.list(bucket, _WILDCARD.split(pattern, maxsplit=1)[0])]
        paths = [objects.path(bucket, name) for name in names if _is_meant(name, pattern)]
        if not paths:
            self._missing.append(f"gs://{bucket}/{pattern}")
        return [str(path) for path in paths if path]

    def _take(self, message: dict[str, Any]) -> None:
        if message["event"] == "started":
            self._lines = message["lines"]
            job = self._context.state.get(JOBS, self._name)
            assert job is not None
            started = job.get("startTime") or timestamp()
            self._change(state="JOB_STATE_RUNNING", startTime=started, completionStats=self._stats())
        elif message["event"] == "progress":
            self._counts = {which: message[which] for which in self._counts}
            self._change(completionStats=self._stats())
        else:
            self.finishing = True

    def _close(self) -> None:
        failures = [{"code": _NOT_FOUND, "message": f"No such input: {uri}"} for uri in self._missing]
        fields: Json = {"partialFailures": failures[:_MOST_PARTIAL_FAILURES]} if failures else {}
        fields |= {"outputInfo": {"gcsOutputDirectory": output_directory(self._plan)}}
        if not self._counts["successful"]:
            message = f"All {self._lines} requests failed; see the status of each line of the output."
            return self._fail(_INVALID, message, **fields)
        partial = bool(self._counts["failed"] or failures)
        self._end(state="JOB_STATE_PARTIALLY_SUCCEEDED" if partial else "JOB_STATE_SUCCEEDED", **fields)

    def _stats(self) -> Json:
        successful, failed = self._counts["successful"], self._counts["failed"]
        return completion_stats(successful, failed, self._lines - successful - failed)

    def _fail(self, code: int, message: str, **fields: Any) -> None:
        self._end(state="JOB_STATE_FAILED", error={"code": code, "message": message}, **fields)

    def _end(self, **fields: Any) -> None:
        self._change(endTime=timestamp(), **fields)

    def _change(self, **fields: Any) -> None:
        change_job(self._context, self._name, **fields)


def completion_stats(successful: int, failed: int, incomplete: int) -> Json:
    """`completionStats` of a job; an unknown number is -1, as the proto says."""
    counts = {"successfulCount": successful, "failedCount": failed, "incompleteCount": incomplete}
    return {field: str(count) for field, count in counts.items()}


def _is_meant(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern with the wildcards of `gcloud storage`: only `**` goes across slashes."""
    if "**" in pattern:
        return fnmatchcase(name, pattern)
    parts, patterns = name.split("/"), pattern.split("/")
    return name == pattern or (len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns)))


def change_job(context: Context, name: str, **fields: Any) -> None:
    """Set fields of a job, and its update time."""
    job = context.state.get(JOBS, name)
    assert job is not None
    context.state.put(JOBS, name, {**job, **fields, "updateTime": timestamp()})
