"""Settings of base models for a project: whether and where their requests are logged.

Source: `fetchPublisherModelConfig` and `setPublisherModelConfig` of `projects.locations.publishers.models` (v1beta1).
They are kept and given back; nothing is logged by them.
"""

from __future__ import annotations

from local_vertex.calls import Call, Handler, Json, not_found
from local_vertex.context import Context, Service
from local_vertex.operations import done_operation
from local_vertex.registry.model_versions import location_of
from local_vertex.tuning.base_models import offered_base_model

_KIND = "publisherModelConfigs"


class PublisherModelConfigs(Service):
    """Settings of every project.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state = context.state

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        prefix = "projects.locations.publishers.models."
        return {prefix + "fetchPublisherModelConfig": self.fetch, prefix + "setPublisherModelConfig": self.set}

    def fetch(self, call: Call) -> Json:
        """The settings.

        Raises:
            ServiceError: 404 for an unknown model, and for one that nothing was set for.
        """
        offered_base_model(call.names["name"])
        found = self._state.get(_KIND, call.names["name"])
        if found is None:
            raise not_found(f"The PublisherModelConfig does not exist: {call.names['name']}")
        return found

    def set(self, call: Call) -> Json:
        """A finished operation with the settings.

        Raises:
            ServiceError: 404 for an unknown model.
        """
        name, config = call.names["name"], call.body.get("publisherModelConfig", {})
        offered_base_model(name)
        self._state.put(_KIND, name, config)
        types = ("SetPublisherModelConfigOperationMetadata", "PublisherModelConfig")
        return done_operation(self._state, call, location_of(name), *types, config)
