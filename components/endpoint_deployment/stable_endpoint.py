"""The stable endpoint of a model line: found by its name, made where it is missing, and owned by one ledger."""

from __future__ import annotations

from components.endpoint_deployment.history import read_releases
from components.endpoint_deployment.settings import ServingSettings
from components.gcp.endpoints import Endpoints, endpoint_number
from components.gcp.resource_names import location_of
from components.line_labels import LINE_LABEL, OWNER_LABEL, ledger_mark, owned_elsewhere, shared_endpoint
from components.step import Step


def stable_name(step: Step) -> str:
    """Display name of the stable endpoint."""
    return step.section("serving", ServingSettings).endpoint or step.name


def is_stable(step: Step, endpoint: str) -> bool:
    """Whether that is the name of the stable endpoint, also when it is gone: its number follows from its name."""
    number, location = endpoint.rpartition("/")[2], location_of(endpoint, default="")
    return (number, location) == (endpoint_number(stable_name(step)), step.cloud.location)


def make_stable_endpoint(step: Step, endpoints: Endpoints) -> str:
    """Resource name of the stable endpoint; made, and this ledger's, when it is not there."""
    mark = ledger_mark(step.ledger.root)
    return endpoints.find_or_create(stable_name(step), {LINE_LABEL: step.name[:63], OWNER_LABEL: mark})


def claim_stable_endpoint(step: Step, endpoints: Endpoints, model: str) -> str:
    """Resource name of the stable endpoint, which from now on says that this ledger decides what serves there.

    Args:
        step: The model line.
        endpoints: The endpoint service.
        model: Registry name of the version that is to serve.

    Raises:
        RetuneError: `RELEASE-SHARED`, another ledger decides there, or something with traffic that this ledger has
            never released.
    """
    endpoint = make_stable_endpoint(step, endpoints)
    check_owner(step, endpoints, endpoint)
    if OWNER_LABEL not in endpoints.labels(endpoint):  # Terraform made it
        ours = {one.champion.model for one in read_releases(step.ledger).values()} | {model}
        if any(one.traffic and one.model not in ours for one in endpoints.deployments(endpoint)):
            raise shared_endpoint(endpoint)
        endpoints.set_labels(endpoint, {OWNER_LABEL: ledger_mark(step.ledger.root)})
    return endpoint


def check_owner(step: Step, endpoints: Endpoints, endpoint: str) -> None:
    """Return unless another ledger decides what serves at the endpoint.

    Raises:
        RetuneError: `RELEASE-SHARED`.
    """
    if owned_elsewhere(endpoints.labels(endpoint), step.ledger.root):
        raise shared_endpoint(endpoint)
