"""Text embeddings: `predict` of the service's embedding models."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from components.gcp.patient_client import PatientClient, Sleep
from components.gcp.rate_limit import RateLimit

CHARACTERS_PER_TOKEN = 4
ONE_TEXT_AT_A_TIME = "gemini-embedding-"
MOST_TEXTS, MOST_CHARACTERS = 100, 30_000
"""Below the 250 texts and 20,000 tokens that the service's page "Get text embeddings" allows in a request, whatever the
language; `gemini-embedding-001` takes one text, says the page, and users report 250 since August 2026."""


@dataclass(frozen=True)
class Embedded:
    """Vectors of the texts of one request.

    Attributes:
        vectors: One for each text, in their order; empty where there are none.
        tokens: Tokens billed.
        cut: Texts of which only the first 2,048 tokens were read.
        error: Why there are no vectors; empty otherwise.
    """

    vectors: list[list[float]]
    tokens: int
    cut: int
    error: str


class _Statistics(msgspec.Struct):
    token_count: float = 0
    truncated: bool = False


class _Embedding(msgspec.Struct):
    values: list[float]
    statistics: _Statistics = msgspec.field(default_factory=_Statistics)


class _Prediction(msgspec.Struct):
    embeddings: _Embedding


class _Predicted(msgspec.Struct):
    predictions: list[_Prediction]


_DECODER = msgspec.json.Decoder(_Predicted)


class Embedder(PatientClient):
    """Asks one embedding model; used in `async with`.

    Args:
        project: Project that pays.
        location: Region.
        model: Publisher model, for example `gemini-embedding-001`.
        dimensions: Numbers of a vector.
        attempts: Requests per batch at most.
        limit: Quota.
        sleep: Waits so many seconds before a repeated request.
    """

    def __init__(
        self,
        project: str,
        location: str,
        model: str,
        *,
        dimensions: int,
        attempts: int,
        limit: RateLimit | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        super().__init__(location, attempts=attempts, limit=limit, sleep=sleep)
        self._path = f"/v1/projects/{project}/locations/{location}/publishers/google/models/{model}:predict"
        self._dimensions = dimensions

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """The vectors of texts that fit into one request, see `batches`; never raises for what the service does.

        The form is the one that google-genai 2.34 sends (`models.py`, `_EmbedContentParametersPrivate_to_vertex`).
        """
        body = msgspec.json.encode(
            {
                "instances": [{"content": text, "task_type": "SEMANTIC_SIMILARITY"} for text in texts],
                "parameters": {"outputDimensionality": self._dimensions},
            }
        )
        posted = await self._post(self._path, body, len(body) / CHARACTERS_PER_TOKEN)
        if posted.body is None:
            return Embedded([], 0, 0, posted.reason)
        try:
            found = [one.embeddings for one in _DECODER.decode(posted.body).predictions]
        except msgspec.DecodeError as error:
            return Embedded([], 0, 0, f"unreadable embeddings: {error}")
        if len(found) != len(texts):
            return Embedded([], 0, 0, f"{len(found)} embeddings for {len(texts)} texts")
        tokens = sum(int(one.statistics.token_count) for one in found)
        return Embedded([one.values for one in found], tokens, sum(one.statistics.truncated for one in found), "")


def batches(model: str, texts: Sequence[str]) -> list[list[str]]:
    """The texts in their order, as many at a time as one request of the model takes."""
    most = 1 if model.startswith(ONE_TEXT_AT_A_TIME) else MOST_TEXTS
    found: list[list[str]] = []
    characters = 0
    for text in texts:
        if not found or len(found[-1]) == most or characters + len(text) > MOST_CHARACTERS:
            found.append([])
            characters = 0
        found[-1].append(text)
        characters += len(text)
    return found
