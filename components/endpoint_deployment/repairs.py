"""Puts right what differs from the ledger; every repair looks at the live state first and may be repeated."""

from __future__ import annotations

import msgspec

from components.endpoint_deployment.history import now
from components.endpoint_deployment.release_record import Release
from components.endpoint_deployment.stable_endpoint import check_owner, make_stable_endpoint
from components.errors import RetuneError, service_error
from components.gcp.endpoints import Deployment, Endpoints
from components.gcp.ledger import Champion
from components.gcp.model_registry import ModelRegistry
from components.gcp.storage import PreconditionFailed
from components.line_labels import use_label
from components.step import Step


class Repairs:
    """Repairs of one model line. Whoever uses them holds the rollout lease.

    Args:
        step: The model line.
    """

    def __init__(self, step: Step) -> None:
        self._step = step
        self._endpoints, self._registry = Endpoints(step.cloud), ModelRegistry(step.cloud)

    def serve(self, champion: Champion) -> None:
        """Give the champion all traffic of the stable endpoint, deploying it where it is not deployed."""
        check_owner(self._step, self._endpoints, champion.endpoint)
        live = self._endpoints.deployments(champion.endpoint)
        deployed = next((one.deployed_model_id for one in live if one.model == champion.model), "")
        if deployed:
            self._endpoints.set_traffic(champion.endpoint, {deployed: 100})
        else:
            name = f"{self._step.name} release {champion.release}"
            self._endpoints.deploy(champion.endpoint, champion.model, name, {"0": 100})

    def remake(self, champion: Champion) -> None:
        """Make the stable endpoint again, which has its name and number again, and let the champion serve there."""
        make_stable_endpoint(self._step, self._endpoints)
        self.serve(champion)

    def undeploy(self, endpoint: str, deployment: Deployment) -> None:
        """Take a deployment off the endpoint, unless it serves by now.

        Raises:
            RetuneError: `RELEASE-SERVES`, it is the champion's, or has a part of its traffic; `RELEASE-SHARED`.
        """
        check_owner(self._step, self._endpoints, endpoint)
        seen = self._step.ledger.champion()
        champion = seen[0] if seen else None
        if champion and champion.endpoint == endpoint and champion.model == deployment.model:
            raise serves(deployment.model)
        live = self._endpoints.deployments(endpoint)
        found = next((one for one in live if one.deployed_model_id == deployment.deployed_model_id), None)
        if found is None:
            return
        others, split = [one for one in live if one != found], {}
        if found.traffic:
            if champion and champion.endpoint == endpoint:
                raise serves(deployment.model)
            heir = max(others, key=lambda one: one.traffic, default=None)
            split = {heir.deployed_model_id: 100} if heir else {}
        self._endpoints.undeploy(endpoint, found.deployed_model_id, split)

    def mark(self, model: str) -> None:
        """Let the version say that this ledger uses it."""
        self._registry.set_labels(model, {use_label(self._step.ledger.root): self._step.name[:63]})

    def give_alias(self, model: str, alias: str) -> None:
        """Give the version the alias."""
        self._registry.set_alias(model, alias)

    def take_alias(self, model: str, alias: str) -> None:
        """Take the alias from the version."""
        self._registry.remove_alias(model, alias)

    def write_record(self, champion: Champion) -> None:
        """Write the record of the champion's release from what the pointer says."""
        before = self._step.ledger.read_release(champion.release - 1)
        release = Release(
            number=champion.release,
            champion=champion,
            previous=_champion_of(before),
            reasons=[],
            evaluation_uri=self._step.ledger.run_uri(champion.run_id, "evaluation.json"),
            report_uri=self._step.ledger.run_uri(champion.run_id, "report.html"),
            released_at=now(),
            by=self._step.run_id,
            why="the record was missing and was written from the champion pointer",
        )
        try:
            self._step.ledger.write_release(champion.release, release)
        except PreconditionFailed:
            return  # somebody else has written it


def _champion_of(record: dict[str, object] | None) -> Champion | None:
    return msgspec.convert(record["champion"], Champion) if record else None


def serves(model: str) -> RetuneError:
    """The error that keeps what serves from being taken away."""
    return service_error(
        "RELEASE-SERVES",
        "this version serves, or has traffic: it is not taken away",
        "let another version serve first, with a release or `retune rollback`",
        model,
    )
