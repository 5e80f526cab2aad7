"""Base models as the catalogue of publisher models shows them.

Source: `publishers.models` of the service. The fields are those of types/publisher_model.py of google-cloud-aiplatform;
their values are an own decision, because no document says what the service answers for Gemini.
"""

from __future__ import annotations

from local_vertex.calls import Call, Handler, Json
from local_vertex.context import Service
from local_vertex.http_api.list_pages import list_page
from local_vertex.resource_labels import filter_fields
from local_vertex.tuning.base_models import base_model_names, offered_base_model


class PublisherModels(Service):
    """The base models that local Vertex offers."""

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        return {"publishers.models.get": self.get, "publishers.models.list": self.list}

    def get(self, call: Call) -> Json:
        """The base model.

        Raises:
            ServiceError: 404.
        """
        return _shown(offered_base_model(call.names["name"]).name)

    def list(self, call: Call) -> Json:
        """A page of the base models; another publisher than Google has none."""
        names = base_model_names() if call.names["parent"] == "publishers/google" else []
        return list_page("publisherModels", [_shown(name) for name in names], call.query, filter_fields)


def _shown(name: str) -> Json:
    return {
        "name": f"publishers/google/models/{name}",
        "versionId": "default",
        "openSourceCategory": "PROPRIETARY",
        "launchStage": "GA",
    }
