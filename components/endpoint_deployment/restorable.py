"""Whether a version that a rollback would restore can serve."""

from __future__ import annotations

import asyncio

from components.endpoint_deployment.stable_endpoint import check_owner, is_stable, stable_name
from components.errors import service_error
from components.gcp.endpoints import Endpoints
from components.gcp.generation import Generator
from components.gcp.ledger import Champion
from components.gcp.model_registry import ModelRegistry
from components.step import Step

QUESTION = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
NOTHING_THERE = ("400 ", "404 ")
"""How the reason begins where an endpoint has nothing that answers. A quota, an outage or a right to ask that somebody
lacks says nothing about the version, and must not stop who has to get away from the newest one."""


def check_restorable(step: Step, target: Champion) -> None:
    """Return when everything is there that the version needs to serve.

    To the stable endpoint it is deployed again where it was taken off, and that is made again where it is gone. At an
    endpoint of its own nothing is deployed by anybody but tuning and promotion, so there it must be deployed, and is
    asked one word.

    Raises:
        RetuneError: `ROLLBACK-GONE`, its model, its endpoint or its deployment is not there any more;
            `RELEASE-SHARED`, another ledger decides what serves at its endpoint.
    """
    endpoints = Endpoints(step.cloud)
    missing = _missing(step, target, endpoints)
    if missing:
        raise service_error(
            "ROLLBACK-GONE",
            f"what release {target.release} needs is not there any more",
            "choose another release with --to; `retune releases` shows which served",
            missing,
        )
    if endpoints.exists(target.endpoint):
        check_owner(step, endpoints, target.endpoint)


def _missing(step: Step, target: Champion, endpoints: Endpoints) -> str:
    """What is not there; empty when all is."""
    if ModelRegistry(step.cloud).find(target.model) is None:
        return target.model
    if target.endpoint == endpoints.find(stable_name(step)) or is_stable(step, target.endpoint):
        return ""
    if not endpoints.exists(target.endpoint):
        return target.endpoint
    if not any(one.model == target.model and one.traffic for one in endpoints.deployments(target.endpoint)):
        return f"{target.model} on {target.endpoint}"
    cloud = step.cloud
    asking = Generator(cloud.project, cloud.location, target.endpoint, thinking=target.thinking, attempts=2)
    said = asyncio.run(asking.ask(QUESTION)).error
    return f"{target.endpoint}: {said}" if said.startswith(NOTHING_THERE) else ""
