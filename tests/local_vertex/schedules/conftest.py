"""Schedules on a clock that stands, with runs that last as long as the test wants."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from kfp import compiler, dsl

from local_vertex.calls import Call, Json
from local_vertex.clock import instant_us
from local_vertex.context import Context
from local_vertex.pipeline_runs.pipeline_jobs import PipelineJobs
from local_vertex.schedules.schedules import Schedules
from local_vertex.server import RunningServer, start
from local_vertex.state import State
from local_vertex.storage.object_store import ObjectStore

PARENT = "projects/123456789012/locations/us-central1"
SPEC = {
    "pipelineInfo": {"name": "nightly"},
    "root": {"dag": {"tasks": {"a": {"componentRef": {"name": "comp-a"}}}}},
    "components": {"comp-a": {"executorLabel": "exec-a"}},
    "deploymentSpec": {"executors": {"exec-a": {"container": {}}}},
}
JOB = {"pipelineSpec": SPEC, "runtimeConfig": {"gcsOutputDirectory": "gs://bucket/root"}}


class HeldJobs(PipelineJobs):
    """Jobs without processes: they start and end when the test says so."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.begins = True
        self._ends: dict[str, asyncio.Event] = {}

    async def _execute(self, name: str) -> None:
        if self.begins:
            self._change(self.stored(name), state="PIPELINE_STATE_RUNNING")
        self._ends[name] = asyncio.Event()
        await self._ends[name].wait()
        del self._runs[name]
        self._change(self.stored(name), state="PIPELINE_STATE_SUCCEEDED")

    async def end(self, name: str) -> None:
        self._ends[name].set()
        while name in self._runs:
            await asyncio.sleep(0)


class Calendar:
    """One server's schedules; `restart` is another server on the same state."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.open()

    def open(self) -> None:
        self.state = State(self._directory)
        self._context = Context(
            self._directory, self.state, ObjectStore(self._directory / "objects", self.state), "http://127.0.0.1:9"
        )
        self.jobs = HeldJobs(self._context)
        self.schedules = Schedules(self._context, self.jobs)

    async def restart(self, at: str) -> None:
        """Be down until an instant; the runs that were under way are gone."""
        self.state.close()
        self.open()
        self._context.clock.stand_at(instant_us(at))
        await self.jobs.start()
        await self._look()

    async def sleep_until(self, at: str) -> None:
        """Have nobody look at the clock until an instant, as when the machine sleeps."""
        self._context.clock.stand_at(instant_us(at))
        await self._look()

    async def move(self, at: str) -> None:
        await self.schedules.move_clock(instant_us(at))
        await asyncio.sleep(0)

    async def _look(self) -> None:
        self.schedules._firing.run_due()
        await asyncio.sleep(0)

    async def end(self, job: Json) -> None:
        await self.jobs.end(job["name"])
        await self._look()

    def create(self, cron: str = "0 * * * *", **fields: Any) -> str:
        request = {"createPipelineJobRequest": {"parent": PARENT, "pipelineJob": JOB}}
        body = {"displayName": "nightly", "cron": cron, "maxConcurrentRunCount": "1", **request, **fields}
        call = Call("create", "v1", {"parent": PARENT}, body={k: v for k, v in body.items() if v is not None})
        return str(self.schedules.create(call)["name"])

    def call(self, method: str, name: str, *, mask: str = "", **body: Any) -> Json:
        query = {"updateMask": mask} if mask else {}
        return dict(getattr(self.schedules, method)(Call(method, "v1", {"name": name}, query, body)))

    def get(self, name: str) -> Json:
        return self.call("get", name)

    def started(self, name: str) -> list[Json]:
        """The jobs of a schedule, oldest first."""
        jobs = self.state.list("pipelineJobs", PARENT)
        return [job for job in jobs if job.get("scheduleName") == name]

    def times(self, name: str) -> list[str]:
        """When the jobs of a schedule were due, as their tasks are told."""
        files = [self.jobs._directory(job["name"]) / "run.json" for job in self.started(name)]
        runs = [json.loads(file.read_text())["placeholders"] for file in files]
        return [run["{{$.pipeline_job_schedule_time_utc}}"].removesuffix(":00.000000Z") for run in runs]

    def play(self, instant: str, story: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a coroutine from an instant on."""

        async def whole() -> None:
            await self.move(instant)
            await story()
            for task in self.jobs._tasks:
                task.cancel()

        asyncio.run(asyncio.wait_for(whole(), 30))


@pytest.fixture
def calendar(tmp_path: Path) -> Iterator[Calendar]:
    opened = Calendar(tmp_path)
    yield opened
    opened.state.close()


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of the module's own, whose clock stands at the start of 2100."""
    server = start(tmp_path_factory.mktemp("schedules"), ephemeral=True, idle_shutdown_s=3600)
    httpx.post(f"{server.base_url}/_clock", json={"time": "2100-01-01T00:00:00Z"}).raise_for_status()
    yield server
    server.stop()


@dsl.component(base_image="retune-python", install_kfp_package=False)
def say(text: str) -> str:
    return text


@dsl.pipeline(name="nightly")
def nightly() -> None:
    say(text=dsl.PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("compiled") / "pipeline.yaml"
    compiler.Compiler().compile(nightly, str(file))
    return str(file)
