"""How alike answers and references are: the cosine of their embeddings."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from components.evaluation.comparisons import ExtraMetric
from components.evaluation.embedding.report import EmbeddingReport
from components.evaluation.embedding.settings import DIMENSIONS, EMBEDDING_METRIC
from components.evaluation.embedding.vectors import Vectors, text_key
from components.evaluation.opponents import JoinedRows, answer_text
from components.evaluation.parts import PartStorage
from components.evaluation.requests import TestExample
from components.evaluation.settings import EvaluationSettings
from components.gcp.embeddings import Embedder
from components.gcp.rate_limit import RateLimit


def embedding_similarity(
    project: str,
    location: str,
    storage: PartStorage,
    root: str,
    examples: Sequence[TestExample],
    answers: Sequence[JoinedRows],
    settings: EvaluationSettings,
    tell: Callable[[str], None],
) -> tuple[list[ExtraMetric], EmbeddingReport | None]:
    """The metric where `evaluation.metrics` names it, and what was embedded for it.

    A row's score is the cosine of the answer's and the reference's vector, 0 where that is negative or there is no
    answer; not a number where a vector is missing.

    Args:
        project: Project that pays.
        location: Region.
        storage: Where vectors are kept.
        root: Prefix of all vectors.
        examples: The test set.
        answers: Rows of every system, joined to the examples.
        settings: Model, concurrency, attempts.
        tell: Told what is done, in a line.

    Raises:
        RetuneError: `EVAL-EMBEDDING`.
    """
    if EMBEDDING_METRIC not in settings.metrics:
        return [], None
    asked = settings.embedding
    texts = [example.reference for example in examples]
    texts += [text for rows in answers for text in map(answer_text, rows) if text is not None]
    embedder = Embedder(
        project,
        location,
        asked.model,
        dimensions=DIMENSIONS,
        attempts=settings.attempts,
        limit=RateLimit(asked.requests_per_minute),
    )
    tell(f"{EMBEDDING_METRIC}: {len(set(texts))} texts")
    stored = Vectors(storage, root, asked.model).of(embedder, texts, settings.concurrency)
    vectors = {key: vector for one in stored if not one.error for key, vector in one.by_key().items()}

    def score(example: TestExample, text: str | None) -> float:
        if text is None:
            return 0.0
        ours, wanted = vectors.get(text_key(text)), vectors.get(text_key(example.reference))
        return math.nan if ours is None or wanted is None else min(1.0, max(0.0, float(ours @ wanted)))

    by_system = [
        np.array([score(example, answer_text(row)) for example, row in zip(examples, rows, strict=True)])
        for rows in answers
    ]
    report = EmbeddingReport(
        model=asked.model,
        texts=len(set(texts)),
        missing=sum(text_key(text) not in vectors for text in set(texts)),
        cut=sum(one.cut for one in stored),
        cost_usd=sum(one.tokens for one in stored) * asked.usd_per_million_tokens / 1e6,
    )
    return [ExtraMetric(EMBEDDING_METRIC, by_system=by_system, judged=False)], report
