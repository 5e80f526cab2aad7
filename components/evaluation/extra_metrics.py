"""The metrics that others give: judges, people, an embedding model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from components.base_models.facts import BaseModelFacts
from components.evaluation.comparisons import ExtraMetric
from components.evaluation.embedding.report import EmbeddingReport
from components.evaluation.embedding.similarity import embedding_similarity
from components.evaluation.evaluate import join
from components.evaluation.evaluation import Evaluation, System
from components.evaluation.judging.judge_answers import judge_answers
from components.evaluation.judging.report import JudgeReport
from components.evaluation.parts import PartStorage
from components.evaluation.rating.rated_metric import rated_metrics
from components.evaluation.rating.report import RatingReport
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings


@dataclass(frozen=True)
class ExtraMetrics:
    """Scores, and what is to be said of those who gave them.

    Attributes:
        metrics: The scores.
        judges: What each judge says about itself.
        ratings: How far people have rated.
        embedding: What was embedded.
    """

    metrics: list[ExtraMetric]
    judges: list[JudgeReport]
    ratings: list[RatingReport]
    embedding: EmbeddingReport | None

    def told_in(self, record: Evaluation) -> Evaluation:
        """The evaluation with the reports in it."""
        return msgspec.structs.replace(record, judges=self.judges, ratings=self.ratings, embedding=self.embedding)


def extra_metrics(
    project: str,
    location: str,
    storage: PartStorage,
    root: str,
    catalogue: Mapping[str, BaseModelFacts],
    examples: Sequence[TestExample],
    answers: Sequence[tuple[System, Sequence[Row]]],
    settings: EvaluationSettings,
    tell: Callable[[str], None],
) -> ExtraMetrics:
    """All that the configuration asks for; what was given before is neither asked nor paid for again.

    Args:
        project: Project that pays.
        location: Region of judges and embedding models.
        storage: Where verdicts, ratings and vectors are kept.
        root: Prefix of all of them.
        catalogue: Facts by base model, for the prices of judges.
        examples: The test set.
        answers: Every system with its rows.
        settings: What is asked for.
        tell: Told what is done, in a line.

    Raises:
        RetuneError: `EVAL-JUDGE` or `EVAL-EMBEDDING`; what was given so far is kept.
    """
    joined = [(system, join(examples, rows)) for system, rows in answers]
    judged, judges = judge_answers(
        project, location, storage, f"{root}/verdicts", catalogue, examples, joined, settings, tell
    )
    rated, ratings = rated_metrics(storage, ratings_root(root), settings.ratings, examples, joined, settings.seed)
    alike, embedding = embedding_similarity(
        project, location, storage, f"{root}/embeddings", examples, [rows for _, rows in joined], settings, tell
    )
    return ExtraMetrics([*judged, *rated, *alike], judges, ratings, embedding)


def ratings_root(root: str) -> str:
    """Where a model line keeps what people said."""
    return f"{root}/ratings"
