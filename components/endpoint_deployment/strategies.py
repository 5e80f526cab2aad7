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
        """Let the version serve and return the endpoint to call; when it raises, the old version serves."""
        ...

    def undo(self) -> None:
        """Give the traffic back to what served before `begin`."""
        ...


class OwnEndpoint:
    """For models that answer only at the multi-region endpoint that tuning made for them.

    No traffic moves: the champion pointer is the stable thing, so a probe is all there is to do before it changes.
    """

    def begin(self, tuned: TunedModel, probe: Probe) -> str:
        """The tuned model's own endpoint, after it answered."""
        probe(tuned.endpoint)
        return tuned.endpoint

    def undo(self) -> None:
        """Nothing to give back."""


class StableEndpoint:
    """Deploys to one endpoint whose name never changes, and moves the traffic in one step (blue/green).

    Weighted splits are not documented for tuned Gemini models, so none is used here.

    Args:
        endpoints: The endpoint service.
        endpoint: Resource name of the stable endpoint.
        display_name: Name of the deployment.
    """

    def __init__(self, endpoints: Endpoints, endpoint: str, display_name: str) -> None:
        self._endpoints, self._endpoint, self._display_name = endpoints, endpoint, display_name
        self._before: dict[str, int] = {}
        self._added = ""

    def begin(self, tuned: TunedModel, probe: Probe) -> str:
        """The stable endpoint, serving the version with all traffic."""
        probe(tuned.endpoint)
        deployed = self._endpoints.deployments(self._endpoint)
        self._before = {one.deployed_model_id: one.traffic for one in deployed if one.traffic}
        there = [one.deployed_model_id for one in deployed if one.model == tuned.model]
        try:
            new = there[0] if there else self._deploy(tuned.model)
            self._endpoints.set_traffic(self._endpoint, {new: 100})
            probe(self._endpoint)
        except BaseException:
            self.undo()
            raise
        return self._endpoint

    def undo(self) -> None:
        """Give the traffic back and take the new deployment off again."""
        if self._before:
            self._endpoints.set_traffic(self._endpoint, self._before)
        if self._added:
            self._endpoints.undeploy(self._endpoint, self._added, self._before)
            self._added = ""

    def _deploy(self, model: str) -> str:
        split = {**self._before, "0": 0} if self._before else {"0": 100}
        self._added = self._endpoints.deploy(self._endpoint, model, self._display_name, split)
        return self._added
