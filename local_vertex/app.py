"""The application: every service behind the routes of Vertex AI and Cloud Storage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local_vertex.access_policies import AccessPolicies
from local_vertex.batch_prediction.batch_prediction_jobs import BatchPredictionJobs
from local_vertex.bigquery.queries import PREFIX as BIGQUERY
from local_vertex.bigquery.queries import Queries
from local_vertex.calls import Handler, ServiceError
from local_vertex.console.routes import Console
from local_vertex.context import Context, Service
from local_vertex.evaluation.evaluation import Evaluation
from local_vertex.experiments.metadata_stores import MetadataStores
from local_vertex.experiments.tensorboards import Tensorboards
from local_vertex.http_api.clock_api import clock_route
from local_vertex.http_api.control_api import control_routes
from local_vertex.http_api.http_shell import Activity, HttpShell
from local_vertex.http_api.request_log import RequestLog
from local_vertex.http_api.side_services_api import side_service_routes
from local_vertex.http_api.status_api import status_route
from local_vertex.http_api.templates_api import template_routes
from local_vertex.http_api.vertex_api import VertexApi, VertexFirst
from local_vertex.locations import Locations
from local_vertex.operations import Operations
from local_vertex.pipeline_runs.job_batches import JobBatches
from local_vertex.pipeline_runs.pipeline_jobs import PipelineJobs
from local_vertex.pipeline_runs.templates import Templates
from local_vertex.registry.evaluation_slices import EvaluationSlices
from local_vertex.registry.model_evaluations import ModelEvaluations
from local_vertex.registry.model_uploads import ModelUploads
from local_vertex.registry.models import Models
from local_vertex.schedules.schedules import Schedules
from local_vertex.secrets import Secrets
from local_vertex.serving.deployment_changes import DeploymentChanges
from local_vertex.serving.endpoints import Endpoints
from local_vertex.serving.generation import Generation
from local_vertex.serving.prediction import Prediction
from local_vertex.serving.publisher_model_configs import PublisherModelConfigs
from local_vertex.serving.publisher_models import PublisherModels
from local_vertex.serving.token_lists import TokenLists
from local_vertex.storage import api as storage_api
from local_vertex.storage.push_delivery import PushDelivery
from local_vertex.tuning.rebased_models import RebasedModels
from local_vertex.tuning.tuning_jobs import TuningJobs

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def create_app(context: Context, *, host_allowed: Callable[[str], bool] = lambda host: True) -> Starlette:
    """The ASGI application of one server; its lifespan starts and stops the services.

    Args:
        context: Shared state.
        host_allowed: Whether a `Host` header names this server.

    Returns:
        The application; `app.state.activity` is its `Activity`.
    """
    jobs, pushes = PipelineJobs(context), PushDelivery(context)
    schedules = Schedules(context, jobs)
    services = [*_services(context), jobs, JobBatches(context, jobs), schedules, pushes]
    handlers: dict[str, Handler] = {}
    for service in services:
        handlers |= service.handlers()
    activity, requests = Activity(), RequestLog()
    storage, queries = storage_api.StorageApi(context), Queries(context)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        for service in services:
            await service.start()
        try:
            yield
        finally:
            for service in reversed(services):
                await service.stop()

    app = Starlette(
        routes=[
            *side_service_routes(Secrets(context.state), pushes),
            *(Route(f"{prefix}/{{path:path}}", storage.answer, methods=_METHODS) for prefix in storage_api.PREFIXES),
            Route(f"{BIGQUERY}/{{path:path}}", queries.answer, methods=["GET", "POST"]),
            *control_routes(context, context.faults, pushes),
            clock_route(schedules),
            *template_routes(Templates(context.state)),
            status_route(context),
            *Console(context, jobs, requests).routes(),
        ],
        middleware=[
            Middleware(
                HttpShell, faults=context.faults, activity=activity, requests=requests, host_allowed=host_allowed
            ),
            Middleware(VertexFirst, api=VertexApi(handlers)),
        ],
        exception_handlers={HTTPException: _no_route},
        lifespan=lifespan,
    )
    app.state.activity = activity
    return app


def _services(context: Context) -> list[Service]:
    tuning_jobs = TuningJobs(context)
    return [
        Operations(context),
        Locations(),
        AccessPolicies(context),
        Models(context),
        ModelUploads(context),
        ModelEvaluations(context),
        EvaluationSlices(context),
        Endpoints(context),
        DeploymentChanges(context),
        Generation(context),
        Prediction(context),
        TokenLists(context),
        PublisherModels(),
        PublisherModelConfigs(context),
        Evaluation(context),
        tuning_jobs,
        RebasedModels(context, tuning_jobs),
        MetadataStores(context),
        Tensorboards(context),
        BatchPredictionJobs(context),
    ]


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    name = "NOT_FOUND" if error.status_code == 404 else "INVALID_ARGUMENT"
    sentence = f"local Vertex has no such route: {request.method} {request.url.path}"
    return JSONResponse(ServiceError(error.status_code, name, sentence).body(), error.status_code)
