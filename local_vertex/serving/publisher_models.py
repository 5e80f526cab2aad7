"""Base models as the catalogue of publisher models shows them.

Source of the fields: types/publisher_model.py of google-cloud-aiplatform. Their values are an own decision, because no
document says what the service answers for Gemini.
"""

from __future__ import annotations

from local_vertex.calls import Call, Handler, Json
from local_vertex.tuning.base_models import offered_base_model


class PublisherModels:
    """The base models that local Vertex offers."""

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        return {"publishers.models.get": self.get}

    async def start(self) -> None:
        """Nothing to resume."""

    async def stop(self) -> None:
        """Nothing to end."""

    def get(self, call: Call) -> Json:
        """The base model.

        Raises:
            ServiceError: 404.
        """
        name = offered_base_model(call.names["name"]).name
        return {
            "name": f"publishers/google/models/{name}",
            "versionId": "default",
            "openSourceCategory": "PROPRIETARY",
            "launchStage": "GA",
        }
