"""What the ledger says and what is there: the champion, its endpoint, the stable endpoint, the aliases."""

from __future__ import annotations

from dataclasses import dataclass

from components.endpoint_deployment.history import fallback, read_release
from components.endpoint_deployment.release_record import Release
from components.endpoint_deployment.stable_endpoint import is_stable, stable_name
from components.gcp.endpoints import Deployment, Endpoints
from components.gcp.ledger import Champion
from components.gcp.model_registry import ModelRegistry
from components.line_labels import owned_elsewhere, use_label
from components.step import Step

CHAMPION_ALIAS = "champion"
PREVIOUS_ALIAS = "previous"


@dataclass(frozen=True)
class Observed:
    """A model line at one moment.

    Attributes:
        champion: What the pointer names; None before the first release.
        record: The record of its release; None when it is missing.
        fallback: What a rollback would restore; None when nothing served before.
        stable: Resource name of the stable endpoint; empty when there is none.
        on_stable: What is deployed to it.
        serving: What is deployed to the champion's endpoint; None when there is no such endpoint.
        aliases: Aliases by registry name, of the champion, its predecessor, and what a rollback restores now and before
            this release; those that are gone are not in it.
        left_over: Registry names of versions whose rollout died.
        foreign: Whether another ledger decides what serves at the stable endpoint.
        remakable: Whether the champion's endpoint is the stable one and is gone.
        unmarked: Registry names of the versions that serve or are kept for a rollback, and do not say so.
    """

    champion: Champion | None
    record: Release | None
    fallback: Champion | None
    stable: str
    on_stable: list[Deployment]
    serving: list[Deployment] | None
    aliases: dict[str, frozenset[str]]
    left_over: frozenset[str]
    foreign: bool = False
    remakable: bool = False
    unmarked: frozenset[str] = frozenset()

    @property
    def kept(self) -> frozenset[str]:
        """Registry names of the versions that serve or that a rollback would restore."""
        return frozenset(one.model for one in (self.champion, self.fallback) if one)


def observe(step: Step, left_over: str = "") -> Observed:
    """The model line now.

    Args:
        step: The model line.
        left_over: Registry name of a version whose rollout died; empty for none.
    """
    endpoints, registry = Endpoints(step.cloud), ModelRegistry(step.cloud)
    seen = step.ledger.champion()
    champion = seen[0] if seen else None
    record = read_release(step.ledger, champion.release) if champion else None
    restored = fallback(step.ledger, champion)
    stable = endpoints.find(stable_name(step))
    on_stable = endpoints.deployments(stable) if stable else []
    before = record.previous if record else None
    # What a rollback would have restored before this release still has the alias `previous`.
    known = (champion, restored, before, fallback(step.ledger, before))
    found = {model: registry.find(model) for model in {one.model for one in known if one}}
    versions = {model: version for model, version in sorted(found.items()) if version}
    kept, root = {one.model for one in (champion, restored) if one}, step.ledger.root
    serving = _serving(endpoints, champion, stable, on_stable)
    return Observed(
        champion=champion,
        record=record,
        fallback=restored,
        stable=stable,
        on_stable=on_stable,
        serving=serving,
        aliases={model: version.aliases for model, version in versions.items()},
        left_over=frozenset({left_over} - {""}),
        foreign=bool(stable) and owned_elsewhere(endpoints.labels(stable), root),
        remakable=champion is not None and serving is None and is_stable(step, champion.endpoint),
        unmarked=frozenset(kept & {model for model, one in versions.items() if use_label(root) not in one.labels}),
    )


def _serving(
    endpoints: Endpoints, champion: Champion | None, stable: str, on_stable: list[Deployment]
) -> list[Deployment] | None:
    if champion is None or champion.endpoint == stable:
        return on_stable
    return endpoints.deployments(champion.endpoint) if endpoints.exists(champion.endpoint) else None
