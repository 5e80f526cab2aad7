"""What a model line needs: what serves, and what a rollback restores."""

from __future__ import annotations

from dataclasses import dataclass

from components.endpoint_deployment.history import effective, fallback, read_releases
from components.endpoint_deployment.stable_endpoint import stable_name
from components.gcp.endpoints import Endpoints
from components.step import Step


@dataclass(frozen=True)
class Needed:
    """What must stay.

    Attributes:
        models: Registry names with version.
        endpoints: Resource names, of the endpoints that tuning made too: there the champion is evaluated.
        snapshots: `gs://` folders, ending in a slash.
    """

    models: frozenset[str]
    endpoints: frozenset[str]
    snapshots: frozenset[str]


def needed(step: Step, keep_releases: int) -> Needed:
    """What serves, what a rollback restores, and what served in the last so many releases, two at least."""
    seen = step.ledger.champion()
    champion = seen[0] if seen else None
    kept = effective(read_releases(step.ledger), champion)[: max(keep_releases, 2)]
    versions = [one for one in (champion, fallback(step.ledger, champion), *(one.champion for one in kept)) if one]
    stable = Endpoints(step.cloud).find(stable_name(step))
    return Needed(
        models=frozenset(one.model for one in versions),
        endpoints=frozenset(
            {stable, *(name for one in versions for name in (one.endpoint, one.tuning_endpoint))} - {""}
        ),
        snapshots=frozenset(one.snapshot_uri.rstrip("/") + "/" for one in kept if one.snapshot_uri),
    )
