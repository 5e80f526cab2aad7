"""computeTokens: the tokens of a request one by one.

Source: `computeTokens` of the service's `publishers.models` and `endpoints` (types/llm_utility_service.py of
google-cloud-aiplatform). Gemini's tokenizer is not public, so the pieces are those that every count of local Vertex
goes by, and their numbers are made up, the same for the same piece.
"""

from __future__ import annotations

import base64
import zlib

from local_vertex.calls import Call, Handler, Json
from local_vertex.context import Context, Service
from local_vertex.learner.tokens import CHARACTERS_PER_TOKEN, content_text
from local_vertex.serving.responses import checked_contents
from local_vertex.serving.served_models import find_endpoint
from local_vertex.tuning.base_models import offered_base_model

_VOCABULARY = 256_000


class TokenLists(Service):
    """Tokens of requests to base models and to tuned endpoints.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state = context.state

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        collections = ("publishers.models", "endpoints")
        return {f"projects.locations.{collection}.computeTokens": self.compute for collection in collections}

    def compute(self, call: Call) -> Json:
        """Tokens and their numbers, one list for each turn.

        Raises:
            ServiceError: 404 for an unknown model or endpoint, 400 for malformed contents.
        """
        name = call.names["endpoint"]
        if "/endpoints/" in name:
            find_endpoint(self._state, name)
        else:
            offered_base_model(name)
        return {"tokensInfo": [_tokens(content) for content in checked_contents(call.body)]}


def _tokens(content: Json) -> Json:
    text = content_text(content)
    pieces = [
        text[start : start + CHARACTERS_PER_TOKEN].encode() for start in range(0, len(text), CHARACTERS_PER_TOKEN)
    ]
    return {
        "role": content.get("role", "user"),
        "tokens": [base64.b64encode(piece).decode() for piece in pieces],
        "tokenIds": [str(zlib.crc32(piece) % _VOCABULARY) for piece in pieces],
    }
