"""Embeddings through google-genai: texts that share words are alike, and what the service refuses is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from google.genai import errors, types

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

ONE_AT_A_TIME, MANY = "gemini-embedding-001", "text-embedding-005"
CALL_USD = 0.0001
TEXTS = ["My card has not arrived yet.", "The card did not arrive so far.", "Dogs bark loudly at night."]


@pytest.fixture(autouse=True)
def _paid_for(target: Target) -> None:
    target.pay(CALL_USD)


def vectors(response: types.EmbedContentResponse) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array([one.values for one in response.embeddings or []])


def test_like_texts_have_like_vectors(target: Target) -> None:
    client = target.genai()
    response = client.models.embed_content(model=MANY, contents=TEXTS)
    found = vectors(response)
    assert found.shape == (3, 768)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-4)
    like, unlike = found[0] @ found[1], found[0] @ found[2]
    assert like > unlike + 0.1
    assert response.embeddings
    statistics = response.embeddings[0].statistics
    assert statistics is not None
    assert statistics.token_count
    assert statistics.truncated is False
    assert response.metadata
    assert response.metadata.billable_character_count
    again = vectors(client.models.embed_content(model=MANY, contents=TEXTS[1]))
    assert again[0] @ found[1] == pytest.approx(1, abs=1e-3)


def test_vectors_are_cut_from_the_end(target: Target) -> None:
    client = target.genai()
    config = types.EmbedContentConfig(output_dimensionality=64, task_type="SEMANTIC_SIMILARITY")
    short = vectors(client.models.embed_content(model=ONE_AT_A_TIME, contents=TEXTS[0], config=config))
    whole = vectors(
        client.models.embed_content(
            model=ONE_AT_A_TIME, contents=TEXTS[0], config=types.EmbedContentConfig(task_type="SEMANTIC_SIMILARITY")
        )
    )
    assert (short.shape, whole.shape) == ((1, 64), (1, 3072))


def test_a_content_is_embedded_by_itself(target: Target) -> None:
    config = types.EmbedContentConfig(output_dimensionality=64)
    response = target.genai().models.embed_content(model="gemini-embedding-2-preview", contents=TEXTS[0], config=config)
    assert vectors(response).shape == (1, 64)
    assert response.embeddings
    assert response.embeddings[0].statistics
    assert response.embeddings[0].statistics.token_count


def test_what_is_too_much_is_refused(target: Target) -> None:
    client = target.genai()
    with pytest.raises(errors.ClientError, match="400"):
        client.models.embed_content(model=MANY, contents=["x"] * 251)
    config = types.EmbedContentConfig(auto_truncate=False)
    with pytest.raises(errors.ClientError, match="400"):
        client.models.embed_content(model=MANY, contents="word " * 8_000, config=config)
    cut = client.models.embed_content(model=MANY, contents="word " * 8_000)
    assert cut.embeddings
    assert cut.embeddings[0].statistics
    assert cut.embeddings[0].statistics.truncated
    with pytest.raises(errors.ClientError, match="400"):
        client.models.embed_content(model=MANY, contents=["word " * 8_000] * 10)


@pytest.mark.stand_in_only("reports differ whether the service takes one text of this model or 250")
def test_one_text_at_a_time(target: Target) -> None:
    with pytest.raises(errors.ClientError, match="batchSize must be 1"):
        target.genai().models.embed_content(model=ONE_AT_A_TIME, contents=TEXTS)


def test_the_asynchronous_client(target: Target) -> None:
    found = target.awaited(lambda client: client.models.embed_content(model=MANY, contents=TEXTS))
    assert vectors(found).shape == (3, 768)
