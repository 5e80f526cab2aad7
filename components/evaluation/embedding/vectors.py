"""Vectors of texts, kept so that none is paid for twice."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from components.errors import RetuneError, service_error
from components.evaluation.embedding.settings import DIMENSIONS
from components.evaluation.many_at_once import call_many
from components.evaluation.no_answers import Failures
from components.evaluation.parts import Parts, PartStorage
from components.gcp.embeddings import Embedder, batches

Vector = NDArray[np.float64]


class StoredVectors(msgspec.Struct, frozen=True):
    """The vectors of one request, or why there are none.

    Attributes:
        keys: SHA-256 (hex) of each text.
        vectors: Their numbers one after the other, in half precision, little-endian: three digits, in a quarter of the
            room of JSON numbers.
        tokens: Tokens billed.
        cut: Texts that were longer than the model reads.
        error: Why there are none; empty otherwise.
    """

    keys: list[str]
    vectors: bytes
    tokens: int
    cut: int
    error: str

    def by_key(self) -> Mapping[str, Vector]:
        """Each text's vector, of length 1."""
        numbers = np.frombuffer(self.vectors, dtype="<f2").astype(np.float64).reshape(len(self.keys), -1)
        lengths = np.linalg.norm(numbers, axis=1, keepdims=True)
        return dict(zip(self.keys, numbers / np.maximum(lengths, 1e-12), strict=True))


class Vectors:
    """Asks one embedding model, and keeps what it gave.

    Args:
        storage: Cloud Storage, or a folder.
        root: Prefix of all vectors.
        model: The model.
    """

    def __init__(self, storage: PartStorage, root: str, model: str) -> None:
        self._parts = Parts(storage, f"{root}/{model}-{DIMENSIONS}", StoredVectors)
        self._model = model

    def of(self, embedder: Embedder, texts: Sequence[str], concurrency: int) -> list[StoredVectors]:
        """What is known of the texts; what was embedded before is not asked again.

        Raises:
            RetuneError: `EVAL-EMBEDDING`, the model gives nothing at all; what it did give is kept.
        """
        wanted = {text_key(text): text for text in texts}
        found = [one for one in self._parts.read() if not one.error and not wanted.keys().isdisjoint(one.keys)]
        known = {key for one in found for key in one.keys}
        missing = batches(self._model, [text for key, text in wanted.items() if key not in known])
        failures = Failures(at_once=concurrency, error=self._error)

        def done(batch: list[str], stored: StoredVectors) -> None:
            found.append(stored)
            failures.note(stored.error or None)

        async def ask(batch: list[str]) -> StoredVectors:
            given = await embedder.embed(batch)
            numbers = np.array(given.vectors, dtype="<f2").tobytes()
            return StoredVectors([text_key(text) for text in batch], numbers, given.tokens, given.cut, given.error)

        async def ask_all() -> None:
            async with embedder:
                await call_many(missing, ask, self._parts, concurrency=concurrency, done=done)

        asyncio.run(ask_all())
        failures.check_end()
        return found

    def _error(self, said: str) -> RetuneError:
        return service_error(
            "EVAL-EMBEDDING",
            f"{self._model} gives no embeddings: {said}",
            "look at the model, its region and quota, and start again; answers and vectors so far are kept",
            "evaluation.embedding",
        )


def text_key(text: str) -> str:
    """Identity of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
