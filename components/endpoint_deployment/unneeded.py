"""Model versions and endpoints that neither this model line nor another environment needs.

Nothing is removed because nobody is known to need it, but because this line made it and does not need it any more: an
endpoint that tuning or a promotion of this line made, a model version that no other ledger uses. What somebody deployed
to an endpoint of their own stays, with its endpoint.
"""

from __future__ import annotations

from collections.abc import Iterator

from components.endpoint_deployment.needed import Needed, needed
from components.endpoint_deployment.removal import Removal
from components.endpoint_deployment.repairs import serves
from components.gcp.endpoints import Endpoints
from components.gcp.model_registry import ModelRegistry, RegisteredModel
from components.gcp.tuned_endpoints import TunedEndpoints
from components.line_labels import LINE_LABEL, OWNER_LABEL, use_label, used_elsewhere
from components.step import Step

NOT_PROMOTED = "its model was not promoted, or served long ago"
NOT_CHOSEN = "a checkpoint that is not the default one"


def unneeded_endpoints(
    step: Step, tuned: list[TunedEndpoints], models: list[RegisteredModel], stays: Needed, keep: int
) -> Iterator[Removal]:
    """Endpoints of checkpoints that were not chosen, and of models that go.

    Args:
        step: The model line.
        tuned: What its tuning jobs left.
        models: Versions that this line does not need.
        stays: What it needs.
        keep: Releases that can be restored afterwards.
    """
    gone = {one.model for one in models}
    wanted: dict[str, str] = {}
    for one in tuned:
        wanted |= dict.fromkeys(one.others, NOT_CHOSEN)
        if one.model in gone:
            wanted[one.endpoint] = NOT_PROMOTED
    made_by_tuning = frozenset(wanted)
    for model in models:
        for endpoint in model.deployed_to:
            wanted.setdefault(endpoint, NOT_PROMOTED)
    for name, why in wanted.items():
        if name and Endpoints(step.cloud).exists(name) and _may_go(step, name, stays, made_by_tuning):
            yield Removal(
                "endpoint",
                name,
                why,
                lambda name=name: _remove_endpoint(step, name, keep, made_by_tuning),  # type: ignore[misc]
            )


def unneeded_models(
    step: Step, tuned: list[TunedEndpoints], models: list[RegisteredModel], stays: Needed, keep: int
) -> Iterator[Removal]:
    """Versions that go, as far as all endpoints go to which they are deployed.

    Args:
        step: The model line.
        tuned: What its tuning jobs left.
        models: Versions that this line does not need.
        stays: What it needs.
        keep: Releases that can be restored afterwards.
    """
    made_by_tuning = frozenset(name for one in tuned for name in (one.endpoint, *one.others))
    for one in models:
        if used_elsewhere(one.labels, step.ledger.root):
            if use_label(step.ledger.root) in one.labels:
                why = "this line does not need it any more, another environment does: only the label goes"
                yield Removal("label", one.model, why, lambda one=one: _unmark(step, one.model, keep))  # type: ignore[misc]
        elif all(_may_go(step, name, stays, made_by_tuning) for name in one.deployed_to):
            why = "not promoted, or served long ago; tuning it again would be paid again"
            yield Removal("model", one.model, why, lambda one=one: _remove_model(step, one.model, keep))  # type: ignore[misc]


def _may_go(step: Step, endpoint: str, stays: Needed, made_by_tuning: frozenset[str]) -> bool:
    """Whether this line made the endpoint and neither it nor another environment needs what is there."""
    endpoints, registry = Endpoints(step.cloud), ModelRegistry(step.cloud)
    if endpoint in stays.endpoints:
        return False
    labels = endpoints.labels(endpoint)
    ours = endpoint in made_by_tuning or labels.get(LINE_LABEL) == step.name[:63]
    if OWNER_LABEL in labels or not ours:
        return False
    # What is needed of a model that tuning deployed is one of its checkpoints' endpoints.
    kept = frozenset() if endpoint in made_by_tuning else stays.models
    there = [registry.find(one.model) for one in endpoints.deployments(endpoint)]
    return not any(one.model in kept or used_elsewhere(one.labels, step.ledger.root) for one in there if one)


def _remove_endpoint(step: Step, name: str, keep: int, made_by_tuning: frozenset[str]) -> None:
    """Undeploy everything from the endpoint and delete it.

    Raises:
        RetuneError: `RELEASE-SERVES`, it is needed by now.
    """
    if not _may_go(step, name, needed(step, keep), made_by_tuning):
        raise serves(name)
    endpoints = Endpoints(step.cloud)
    deployed = endpoints.deployments(name)
    while deployed:
        last, *others = sorted(deployed, key=lambda one: one.traffic)
        split = {others[-1].deployed_model_id: 100} if others and last.traffic else {}
        endpoints.undeploy(name, last.deployed_model_id, split)
        deployed = endpoints.deployments(name)
    endpoints.delete(name)


def _remove_model(step: Step, model: str, keep: int) -> None:
    registry = ModelRegistry(step.cloud)
    found = registry.find(model)
    if model in needed(step, keep).models or (found and used_elsewhere(found.labels, step.ledger.root)):
        raise serves(model)
    registry.delete(model)


def _unmark(step: Step, model: str, keep: int) -> None:
    if model in needed(step, keep).models:
        raise serves(model)
    ModelRegistry(step.cloud).set_labels(model, {}, without={use_label(step.ledger.root)})
