"""Routes of the console: `/`, `/console/requests`, a page for each resource, and the files that pages use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local_vertex.calls import ServiceError
from local_vertex.console import job_pages, overview, registry_pages, run_page
from local_vertex.console.pages import ASSETS, asset, page
from local_vertex.context import Context
from local_vertex.http_api.request_log import RequestLog
from local_vertex.pipeline_runs.pipeline_jobs import PipelineJobs
from local_vertex.resource_names import canonical

_KIND = 4
"""Place of the kind in `projects/N/locations/L/KIND/ID`."""


class Console:
    """Pages that show what a server has and does.

    Args:
        context: Shared state.
        jobs: Knows the tasks of runs.
        requests: The last requests.
    """

    def __init__(self, context: Context, jobs: PipelineJobs, requests: RequestLog) -> None:
        self._context, self._jobs, self._requests = context, jobs, requests

    def routes(self) -> list[Route]:
        """The routes, all of them for GET only."""
        return [
            Route("/", self._overview),
            *(Route(f"/console/{name}", _asset(name)) for name in ASSETS),
            Route("/console/requests", self._last_requests),
            Route("/console/{name:path}", self._resource),
        ]

    async def _overview(self, request: Request) -> Response:
        values = await overview.values(self._context, self._jobs, self._requests)
        return await page("overview.html.j2", values)

    async def _last_requests(self, request: Request) -> Response:
        rules = self._context.faults.rules()
        return await page("requests.html.j2", {"live": True, "requests": self._requests.last(), "faults": rules})

    async def _resource(self, request: Request) -> Response:
        name = canonical(request.path_params["name"])
        parts = name.split("/")
        try:
            match parts[_KIND] if len(parts) == _KIND + 2 else "":
                case "pipelineJobs":
                    return await page("run.html.j2", await run_page.values(self._jobs, name))
                case "tuningJobs":
                    return await page("tuning_job.html.j2", job_pages.tuning_job(self._context, name))
                case "batchPredictionJobs":
                    return await page("batch_job.html.j2", job_pages.batch_job(self._context, name))
                case "schedules":
                    return await page("schedule.html.j2", job_pages.schedule(self._context, name))
                case "models":
                    return await page("model.html.j2", registry_pages.model(self._context, name))
                case "endpoints":
                    return await page("endpoint.html.j2", registry_pages.endpoint(self._context, name))
        except ServiceError as error:
            if error.code != 404:
                raise
        return await page("not_found.html.j2", {"live": False, "name": name}, 404)


def _asset(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return asset(name)

    return answer
