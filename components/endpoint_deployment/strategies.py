"""The two ways in which a tuned version can come to serve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from components.gcp.endpoints import Endpoints
from components.supervised_tuning.tuned_model import TunedModel

Probe = Callable[[str], None]
"""Raises when the endpoint with that resource name does not answer."""


class Takeover(Protocol):
    """A way to let a tuned version serve, which can be undone until it is finished."""

    def begin(self, tuned: TunedModel, probe: Probe) -> str:
        """Let the version serve and return the endpoint to call, after it answered there."""
        ...

    def undo(self, champion_model: str) -> None:
        """Let the champion serve again; empty when there is none."""
        ...

    def end(self, kept: frozenset[str]) -> None:
        """Tidy up once the champion pointer names the version: only these models stay deployed."""
        ...


class OwnEndpoint:
    """For models that answer only at the multi-region endpoint that tuning made for them.

    No traffic moves: the champion pointer is the stable thing, so a probe is all there is to do before it changes.
    """

    def begin(self, tuned: TunedModel, probe: Probe) -> str:
        """The tuned model's own endpoint, after it answered."""
        probe(tuned.endpoint)
        return tuned.endpoint

    def undo(self, champion_model: str) -> None:
        """Nothing to give back."""

    def end(self, kept: frozenset[str]) -> None:
        """Nothing to tidy up."""


class StableEndpoint:
    """Deploys to one endpoint whose name never changes, and moves the traffic in one step (blue/green).

    Weighted splits are not documented for tuned Gemini models, so none is used here. Everything is computed from the
    live state of the endpoint, so a release that was killed half way can be run again or undone.

    Args:
        endpoints: The endpoint service.
        endpoint: Resource name of the stable endpoint.
        display_name: Name of the deployment.
    """

    def __init__(self, endpoints: Endpoints, endpoint: str, display_name: str) -> None:
        self._endpoints, self._endpoint, self._display_name = endpoints, endpoint, display_name
        self._new_model = ""

    def begin(self, tuned: TunedModel, probe: Probe) -> str:
        """The stable endpoint, serving the version with all traffic."""
        probe(tuned.endpoint)
        self._new_model = tuned.model
        new = self._find(tuned.model) or self._deploy(tuned.model)
        self._endpoints.set_traffic(self._endpoint, {new: 100})
        probe(self._endpoint)
        return self._endpoint

    def undo(self, champion_model: str) -> None:
        """Give all traffic to the champion's deployment, then take the new one off."""
        champion, new = self._find(champion_model), self._find(self._new_model)
        if champion:
            self._endpoints.set_traffic(self._endpoint, {champion: 100})
        if new and new != champion:
            self._endpoints.undeploy(self._endpoint, new, {champion: 100} if champion else {})

    def end(self, kept: frozenset[str]) -> None:
        """Take off what neither serves nor is wanted for a rollback."""
        for one in self._endpoints.deployments(self._endpoint):
            if one.model not in kept and not one.traffic:
                self._endpoints.undeploy(self._endpoint, one.deployed_model_id, {})

    def _find(self, model: str) -> str:
        deployed = self._endpoints.deployments(self._endpoint)
        return next((one.deployed_model_id for one in deployed if one.model == model), "")

    def _deploy(self, model: str) -> str:
        traffic = {one.deployed_model_id: one.traffic for one in self._endpoints.deployments(self._endpoint)}
        split = {**traffic, "0": 0} if any(traffic.values()) else {"0": 100}
        return self._endpoints.deploy(self._endpoint, model, self._display_name, split)
