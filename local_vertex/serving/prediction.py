"""Prediction of custom models, which neither base models nor tuned Gemini models answer: every request is refused.

Source of the sentence for `predict` and `rawPredict`: recorded replies of the service (google-cloud-dotnet 11576,
langchainjs 3884). That the streaming and direct forms answer the same is an assumption; that explanations need an
`explanation_spec` is said of `PredictionService.Explain` in google-cloud-aiplatform.
"""

from __future__ import annotations

from local_vertex.calls import Call, Handler, Json, ServiceError, failed_precondition
from local_vertex.context import Context, Service
from local_vertex.serving.embeddings import MODELS, Embeddings
from local_vertex.serving.served_models import find_endpoint
from local_vertex.tuning.base_models import offered_base_model

_GEMINI = (
    "Gemini cannot be accessed through Vertex Predict/RawPredict API. Please follow"
    " https://cloud.google.com/vertex-ai/docs/generative-ai/start/quickstarts/quickstart-multimodal for Gemini usage."
)
_EVERYWHERE = ("predict", "rawPredict", "streamRawPredict", "serverStreamingPredict")
_AT_ENDPOINTS = ("directPredict", "directRawPredict")


class Prediction(Service):
    """The forms of prediction; of base models, those that give embeddings are predicted with.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state, self._embeddings = context.state, Embeddings()

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        prefix = "projects.locations."
        endpoints = {f"{prefix}endpoints.{name}": self.at_endpoint for name in (*_EVERYWHERE, *_AT_ENDPOINTS)}
        models = {f"{prefix}publishers.models.{name}": self.of_base_model for name in _EVERYWHERE}
        explain: dict[str, Handler] = {f"{prefix}endpoints.explain": self.explain}
        embeddings = self._embeddings.handlers()
        return {**endpoints, **models, **explain, **embeddings, f"{prefix}publishers.models.predict": self.predict}

    async def predict(self, call: Call) -> Json:
        """What an embedding model predicts.

        Raises:
            ServiceError: 400 for a model that generates, or as `Embeddings.predict` says; 404.
        """
        if call.names["endpoint"].rpartition("/")[2] in MODELS:
            return await self._embeddings.predict(call)
        return self.of_base_model(call)

    def of_base_model(self, call: Call) -> Json:
        """Nothing.

        Raises:
            ServiceError: 404 for an unknown model, 400 for every other one.
        """
        offered_base_model(call.names["endpoint"])
        raise failed_precondition(_GEMINI)

    def at_endpoint(self, call: Call) -> Json:
        """Nothing.

        Raises:
            ServiceError: 404 for an unknown endpoint, 400 for every other one.
        """
        raise self._refusal(call, _GEMINI)

    def explain(self, call: Call) -> Json:
        """Nothing.

        Raises:
            ServiceError: 404 for an unknown endpoint, 400 for every other one.
        """
        raise self._refusal(call, "No deployed model of the endpoint has an explanation_spec.")

    def _refusal(self, call: Call, message: str) -> ServiceError:
        endpoint = find_endpoint(self._state, call.names["endpoint"])
        if not endpoint["deployedModels"]:
            return failed_precondition(f"Endpoint {endpoint['name']} has no deployed model with traffic.")
        return failed_precondition(message)
