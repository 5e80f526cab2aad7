"""The two ways in which a tuned version can come to serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from components.endpoint_deployment.probe import STILL_SERVES, Inspection
from components.endpoint_deployment.rollout_lease import RolloutLease
from components.errors import RetuneError, service_error
from components.gcp.endpoints import Endpoints
from components.gcp.ledger import Champion
from components.supervised_tuning.tuned_model import TunedModel


class Takeover(Protocol):
    """A way to let a tuned version serve; `settle`, which follows the champion pointer, undoes it or tidies up."""

    def take_over(
        self, tuned: TunedModel, champion: Champion | None, inspection: Inspection, lease: RolloutLease
    ) -> str:
        """Let the version serve and return the endpoint to call, after it did well there.

        Args:
            tuned: The version.
            champion: What serves; None when nothing does.
            inspection: Raises when the version does not do well.
            lease: Checked before traffic moves.
        """
        ...


class OwnEndpoint:
    """For models that answer only at a multi-region endpoint of their own.

    No traffic moves: the champion pointer is the stable thing, so a probe is all there is to do before it changes.
    """

    def take_over(
        self, tuned: TunedModel, champion: Champion | None, inspection: Inspection, lease: RolloutLease
    ) -> str:
        """The tuned model's own endpoint, after it did well."""
        inspection.before_traffic(champion.endpoint if champion else "")
        lease.check()
        return tuned.endpoint


class StableEndpoint:
    """Deploys to one endpoint whose name never changes, and moves the traffic to the new version step by step.

    Whether the service splits the traffic between tuned Gemini models is not documented; where it refuses to, all
    traffic moves at once (blue/green). Every split is computed from the live state of the endpoint.

    Args:
        endpoints: The endpoint service.
        endpoint: Resource name of the stable endpoint.
        display_name: Name of the deployment.
        steps: Percent of the traffic, rising to 100.
        still_ours: Raises when another ledger has taken the endpoint.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        endpoint: str,
        display_name: str,
        steps: Sequence[int],
        still_ours: Callable[[], None],
    ) -> None:
        self._endpoints, self._endpoint, self._display_name, self._steps = endpoints, endpoint, display_name, steps
        self._still_ours = still_ours

    def take_over(
        self, tuned: TunedModel, champion: Champion | None, inspection: Inspection, lease: RolloutLease
    ) -> str:
        """The stable endpoint, serving the version with all traffic."""
        inspection.before_traffic(champion.endpoint if champion else "")
        lease.check()
        self._still_ours()
        new = self._find(tuned.model) or self._deploy(tuned.model)
        split = True
        for share in self._steps:
            old = self._find(champion.model) if champion and champion.endpoint == self._endpoint else ""
            if share < 100 and not (split and old):
                continue
            lease.check()
            self._still_ours()
            split = self._give(share, new, old)
            if split:
                self._check_traffic(share, new)
                inspection.at_step(self._endpoint, share)
        return self._endpoint

    def _check_traffic(self, share: int, new: str) -> None:
        """Return when the endpoint has the new version ready, with its share.

        Raises:
            RetuneError: `DEPLOY-TRAFFIC`.
        """
        live = {one.deployed_model_id: one.traffic for one in self._endpoints.deployments(self._endpoint)}
        if live.get(new) != share:
            raise service_error(
                "DEPLOY-TRAFFIC",
                f"the new version was given {share} % of the traffic and has {live.get(new, 0)} %: somebody else "
                "changes the endpoint",
                STILL_SERVES,
                self._endpoint,
            )

    def _give(self, share: int, new: str, champion: str) -> bool:
        """Give the new deployment its share; False when the service refuses to split the traffic."""
        if share == 100:
            self._endpoints.set_traffic(self._endpoint, {new: 100})
            return True
        try:
            self._endpoints.set_traffic(self._endpoint, {champion: 100 - share, new: share})
        except RetuneError as error:
            if error.code != "SERVICE-REFUSED":
                raise
            print(f"the traffic cannot be split, all of it moves at once: {error.message}", flush=True)
            return False
        return True

    def _find(self, model: str) -> str:
        return next(
            (one.deployed_model_id for one in self._endpoints.deployments(self._endpoint) if one.model == model), ""
        )

    def _deploy(self, model: str) -> str:
        """The new deployment, without traffic unless it is the first one."""
        traffic = {one.deployed_model_id: one.traffic for one in self._endpoints.deployments(self._endpoint)}
        split = {**traffic, "0": 0} if any(traffic.values()) else {"0": 100}
        return self._endpoints.deploy(self._endpoint, model, self._display_name, split)
