"""Text embeddings: vectors whose cosine says how many words and runs of characters two texts share.

Source: the service's page "Get text embeddings" (as found 2026-11-26): at most 250 texts and 20,000 tokens in a
request, 2,048 tokens of each text, what is longer is cut in silence unless `autoTruncate` is false;
`gemini-embedding-001` takes one text and gives 3,072 numbers, the others 768; `outputDimensionality` cuts from the end.
Form of request and response: google-genai 2.34 (`models.py`, `_EmbedContent…_to_vertex` and `_from_vertex`). The
messages of refusals are those that users report of the service. `embedContent` is for Gemini Embedding 2, one content
at a time, with 3,072 numbers (the same file, `t_is_vertex_embed_content_model`); its limit of 8,192 tokens is not
verified. That a shortened vector has no longer the length 1 is said of `gemini-embedding-001` on other pages.

It is honest, not clever: texts that mean the same in other words are not alike to it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from local_vertex.calls import Call, Handler, Json, ServiceError, invalid_argument, not_found
from local_vertex.learner.tokens import CHARACTERS_PER_TOKEN, estimate_tokens

MOST_TOKENS, MOST_TOKENS_OF_A_TEXT = 20_000, 2_048
_FOLDS = 8
"""N-grams of a kind have so many times more hashes than a vector has places."""


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """What the service says of one model.

    Attributes:
        dimensions: Numbers of a vector.
        most_texts: Texts in a request.
    """

    dimensions: int
    most_texts: int


MODELS = {
    "gemini-embedding-001": EmbeddingModel(3072, 1),
    "text-embedding-005": EmbeddingModel(768, 250),
    "text-multilingual-embedding-002": EmbeddingModel(768, 250),
}
CONTENT_MODELS = ("gemini-embedding-2", "gemini-embedding-2-preview")
"""Models that embed contents instead of predicting."""
_CONTENT_MODEL = EmbeddingModel(3072, 1)
MOST_TOKENS_OF_A_CONTENT = 8_192
_MEDIA = ("inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult")


class Embeddings:
    """Vectors of texts."""

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        return {
            "projects.locations.publishers.models.predict": self.predict,
            "projects.locations.publishers.models.embedContent": self.embed_content,
        }

    async def predict(self, call: Call) -> Json:
        """One vector for every instance.

        Raises:
            ServiceError: 400 for too many or too long texts, 501 for a model that gives no embeddings.
        """
        name = call.names["endpoint"].rpartition("/")[2]
        model = MODELS.get(name)
        if model is None:
            raise ServiceError(501, "UNIMPLEMENTED", f"local Vertex serves predict for {', '.join(MODELS)}.")
        parameters = call.body.get("parameters") or {}
        dimensions = _dimensions(parameters, model)
        texts = _texts(call.body.get("instances") or [], model)
        tokens = [estimate_tokens(text) for text in texts]
        if sum(tokens) > MOST_TOKENS:
            raise invalid_argument(
                f"Unable to submit request because the input token count is {sum(tokens)} but the model supports up to "
                f"{MOST_TOKENS}. Reduce the input token count and try again."
            )
        if parameters.get("autoTruncate") is False and max(tokens) > MOST_TOKENS_OF_A_TEXT:
            raise invalid_argument(
                f"Unable to submit request because the input token count is {max(tokens)} but model supports up to "
                f"{MOST_TOKENS_OF_A_TEXT}; set autoTruncate to have it cut."
            )
        kept = [text[: MOST_TOKENS_OF_A_TEXT * CHARACTERS_PER_TOKEN] for text in texts]
        # The first one imports numpy and SciPy, which would hold up every other request for a moment.
        vectors = await asyncio.to_thread(embed, kept, model.dimensions)
        return {
            "predictions": [
                {"embeddings": {"values": vector[:dimensions], "statistics": _statistics(count)}}
                for vector, count in zip(vectors, tokens, strict=True)
            ],
            "metadata": {"billableCharacterCount": sum(len("".join(text.split())) for text in kept)},
        }

    async def embed_content(self, call: Call) -> Json:
        """The vector of one content.

        Raises:
            ServiceError: 404 for another model, 400 for a content without text or a number of places that it does not
                have, 501 for anything but text.
        """
        name, body = call.names["model"], call.body
        if name.rpartition("/")[2] not in CONTENT_MODELS:
            raise not_found(
                f"Publisher Model `{name}` was not found or your project does not have access to it. Please ensure you"
                " are using a valid model version."
            )
        config = {**body, **body.get("embedContentConfig", {})}
        parts = body.get("content", {}).get("parts", [])
        if other := [field for part in parts for field in part if field in _MEDIA]:
            raise ServiceError(501, "UNIMPLEMENTED", f"{other[0]}: local Vertex has no embeddings but of texts.")
        text = "\n".join(part["text"] for part in parts if part.get("text"))
        if not text:
            raise invalid_argument("The text content is empty.")
        dimensions, tokens = _dimensions(config, _CONTENT_MODEL), estimate_tokens(text)
        if config.get("autoTruncate") is False and tokens > MOST_TOKENS_OF_A_CONTENT:
            raise invalid_argument(
                f"Unable to submit request because the input token count is {tokens} but model supports up to "
                f"{MOST_TOKENS_OF_A_CONTENT}; set autoTruncate to have it cut."
            )
        kept = text[: MOST_TOKENS_OF_A_CONTENT * CHARACTERS_PER_TOKEN]
        (vector,) = await asyncio.to_thread(embed, [kept], _CONTENT_MODEL.dimensions)
        counted = min(tokens, MOST_TOKENS_OF_A_CONTENT)
        return {
            "embedding": {"values": vector[:dimensions]},
            "usageMetadata": {"promptTokenCount": counted, "totalTokenCount": counted},
            "truncated": tokens > MOST_TOKENS_OF_A_CONTENT,
        }


def embed(texts: list[str], dimensions: int) -> list[list[float]]:
    """A vector of length 1 for every text: occurrences of hashed n-grams, frequent ones damped.

    Many n-grams share a place, half of them with the other sign, so that texts without a common one are about
    orthogonal (Weinberger and others, "Feature Hashing for Large Scale Multitask Learning", 2009).
    """
    import numpy as np

    from local_vertex.learner.ngrams import count_ngrams

    counts = count_ngrams(texts, _FOLDS * dimensions).toarray()
    columns = np.arange(counts.shape[1], dtype=np.uint64)
    signs = 1.0 - 2.0 * ((columns * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) & np.uint64(1)).astype(np.float64)
    folded = (np.log1p(counts) * signs).reshape(len(texts), -1, dimensions).sum(axis=1)
    lengths = np.linalg.norm(folded, axis=1, keepdims=True)
    vectors: list[list[float]] = np.round(folded / np.maximum(lengths, 1e-12), 7).tolist()
    return vectors


def _dimensions(parameters: Json, model: EmbeddingModel) -> int:
    wanted = parameters.get("outputDimensionality")
    if wanted is None:
        return model.dimensions
    if not isinstance(wanted, int) or not 1 <= wanted <= model.dimensions:
        raise invalid_argument(f"outputDimensionality must be in the range [1, {model.dimensions}].")
    return wanted


def _texts(instances: list[Any], model: EmbeddingModel) -> list[str]:
    if not instances:
        raise invalid_argument("Unable to submit request because it must have at least one instance.")
    if len(instances) > model.most_texts:
        wanted = "must be 1" if model.most_texts == 1 else f"must be in the range [1, {model.most_texts}]"
        raise invalid_argument(
            f"Unable to submit request because batchSize {wanted} but the entered value was {len(instances)}. Update "
            "the batchSize value and try again."
        )
    texts = [one.get("content") if isinstance(one, dict) else None for one in instances]
    if not all(isinstance(text, str) and text for text in texts):
        raise invalid_argument("The text content is empty.")
    return [str(text) for text in texts]


def _statistics(tokens: int) -> Json:
    return {"token_count": min(tokens, MOST_TOKENS_OF_A_TEXT), "truncated": tokens > MOST_TOKENS_OF_A_TEXT}
