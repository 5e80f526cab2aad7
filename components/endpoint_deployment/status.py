"""What serves where, and what differs from the ledger."""

from __future__ import annotations

import msgspec

from components.clock import Clock
from components.endpoint_deployment.drift import find_drift
from components.endpoint_deployment.observed import Observed, observe
from components.endpoint_deployment.release_record import Release
from components.endpoint_deployment.repairs import Repairs
from components.endpoint_deployment.rollout_lease import current_rollout
from components.gcp.endpoints import Deployment
from components.gcp.ledger import Champion
from components.step import Step


class DeploymentStatus(msgspec.Struct, frozen=True):
    """One deployment.

    Attributes:
        endpoint: Resource name.
        model: Registry name with version.
        traffic: Percent.
        role: `champion`, `previous` (what a rollback restores) or `unknown`.
    """

    endpoint: str
    model: str
    traffic: int
    role: str


class RolloutStatus(msgspec.Struct, frozen=True):
    """A rollout under way.

    Attributes:
        holder: The run or command.
        model: What is to serve; empty for a rollback or a repair.
        alive: Whether it gave a sign of life in the last two minutes.
    """

    holder: str
    model: str
    alive: bool


class DriftStatus(msgspec.Struct, frozen=True):
    """One difference from the ledger.

    Attributes:
        code: Stable identifier.
        what: What is the matter.
        fix: What repairing it does, or what a person is to do.
        repairable: Whether `retune doctor --fix` repairs it.
    """

    code: str
    what: str
    fix: str
    repairable: bool


class LineStatus(msgspec.Struct, frozen=True):
    """A model line now.

    Attributes:
        name: The model line.
        champion: What the pointer names; None before the first release.
        release: The record of its release.
        previous: What a rollback restores; None for nothing.
        deployments: On the champion's endpoint and the stable one.
        rollout: None when nobody changes what serves.
        drift: Empty when all agree.
    """

    name: str
    champion: Champion | None
    release: Release | None
    previous: Champion | None
    deployments: list[DeploymentStatus]
    rollout: RolloutStatus | None
    drift: list[DriftStatus]


def line_status(step: Step, clock: Clock) -> LineStatus:
    """The model line now; nothing is changed.

    While a rollout is alive its deployments differ from the ledger, which is no drift.
    """
    rolling = current_rollout(step.ledger, clock)
    alive = bool(rolling and rolling[1])
    seen = observe(step, rolling[0].model if rolling else "")
    drift = [] if alive else find_drift(seen, Repairs(step))
    return LineStatus(
        name=step.name,
        champion=seen.champion,
        release=seen.record,
        previous=seen.fallback,
        deployments=_deployments(seen),
        rollout=RolloutStatus(rolling[0].holder, rolling[0].model, alive) if rolling else None,
        drift=[DriftStatus(one.code, one.what, one.fix, one.repair is not None) for one in drift],
    )


def _deployments(seen: Observed) -> list[DeploymentStatus]:
    endpoints: dict[str, list[Deployment]] = {}
    if seen.champion and seen.serving is not None:
        endpoints[seen.champion.endpoint] = seen.serving
    if seen.stable:
        endpoints[seen.stable] = seen.on_stable
    return [
        DeploymentStatus(endpoint, one.model, one.traffic, _role(seen, one.model))
        for endpoint, deployed in endpoints.items()
        for one in deployed
    ]


def _role(seen: Observed, model: str) -> str:
    if seen.champion and model == seen.champion.model:
        return "champion"
    return "previous" if seen.fallback and model == seen.fallback.model else "unknown"
