"""Similarity of embeddings: a metric like others, batched, kept and priced; on local Vertex."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from components.errors import RetuneError
from components.evaluation.embedding.settings import EmbeddingSettings
from components.evaluation.evaluate import evaluate
from components.evaluation.evaluation import System
from components.evaluation.extra_metrics import ExtraMetrics, extra_metrics
from components.evaluation.gate import decide
from components.evaluation.gate_settings import GateSettings
from components.evaluation.requests import TestExample, load_test_examples
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings
from components.gcp.embeddings import MOST_CHARACTERS, MOST_TEXTS, batches
from components.step import Step
from tests.components.stand_ins import Faults

ROWS = 60
MANY = EmbeddingSettings(model="text-embedding-005", usd_per_million_tokens=2.0)


def examples() -> list[TestExample]:
    def line(number: int) -> bytes:
        wanted = f"the card with number {number} has been sent and will arrive on monday"
        contents = [{"role": role, "parts": [{"text": text}]} for role, text in (("user", "?"), ("model", wanted))]
        return json.dumps({"contents": contents}).encode()

    return load_test_examples(map(line, range(ROWS)), seed=1)


def answers(wanted: list[TestExample]) -> list[tuple[System, list[Row]]]:
    def rows(answer: Any) -> list[Row]:
        texts = [answer(one.reference) if number else "" for number, one in enumerate(wanted)]
        return [
            Row(one.example_id, one.request_hash, one.reference, text, "STOP", "" if text else "empty", 9, 3, 4.0, 1)
            for one, text in zip(wanted, texts, strict=True)
        ]

    return [
        (System("base", "base", "b"), rows(lambda wanted: "dogs bark loudly at night")),
        (System("candidate", "near", "n", fingerprint="near"), rows(lambda wanted: wanted.replace("sent", "posted"))),
        (System("candidate", "same", "s", fingerprint="same"), rows(lambda wanted: wanted)),
    ]


def asked(step: Step, embedding: EmbeddingSettings = MANY) -> ExtraMetrics:
    settings = EvaluationSettings(metrics=("embedding_similarity",), embedding=embedding, attempts=2)
    wanted, cloud = examples(), step.cloud
    return extra_metrics(
        cloud.project, cloud.location, step.storage, step.root, {}, wanted, answers(wanted), settings, print
    )


def test_answers_that_say_the_same_are_alike_and_decide(step: Step) -> None:
    extra = asked(step)
    [metric] = extra.metrics
    base, near, same = metric.by_system
    assert (base[0], near[0], same[0]) == (0, 0, 0)
    assert same[1:] == pytest.approx(1, abs=1e-6)
    assert base[1:].max() < 0.4 < 0.7 < near[1:].min() < 1
    report = extra.embedding
    assert report is not None
    assert (report.texts, report.missing, report.cut) == (2 * ROWS, 0, 0)
    assert 0 < report.cost_usd == pytest.approx(report.texts * 17 * 2.0 / 1e6, rel=0.1)

    wanted = examples()
    record = extra.told_in(
        evaluate(
            wanted,
            answers(wanted),
            EvaluationSettings(resamples=200),
            confidence=0.95,
            dataset_sha256="s",
            extra=extra.metrics,
        )
    )
    assert record.comparison("near", "base", "embedding_similarity").at_equal_length is None
    gate = GateSettings(primary_metric="embedding_similarity", max_slice_drop=None)
    assert decide(record, gate).winner == "same"
    assert record.from_json(record.to_json()) == record


def test_vectors_are_kept_and_only_new_texts_are_paid_for(step: Step, faults: Faults) -> None:
    first = asked(step)
    faults.add(path=":predict", action="status", status=503)
    again = asked(step)
    for one, other in zip(first.metrics[0].by_system, again.metrics[0].by_system, strict=True):
        assert np.array_equal(one, other)
    assert again.embedding == first.embedding
    with pytest.raises(RetuneError, match=r"EVAL-EMBEDDING.*gemini-embedding-001.*503"):
        asked(step, EmbeddingSettings())


def test_a_text_without_a_vector_leaves_its_rows_open(step: Step, faults: Faults) -> None:
    faults.add(path=":predict", action="status", status=400, rate=0.2)
    extra = asked(step, EmbeddingSettings())
    assert extra.embedding is not None
    assert extra.embedding.missing > 0
    assert np.isnan(extra.metrics[0].by_system[2]).sum() > 0
    faults.clear()
    whole = asked(step, EmbeddingSettings()).embedding
    assert whole is not None
    assert whole.missing == 0
    # What had been embedded before is in the price once.
    assert whole.cost_usd == pytest.approx(whole.texts * 17 * 0.15 / 1e6, rel=0.1)


def test_nobody_embeds_what_nobody_asked_for(step: Step, faults: Faults) -> None:
    faults.add(path=":predict", action="status", status=503)
    wanted, cloud = examples(), step.cloud
    extra = extra_metrics(
        cloud.project, cloud.location, step.storage, step.root, {}, wanted, answers(wanted), EvaluationSettings(), print
    )
    assert (extra.metrics, extra.embedding) == ([], None)


def test_requests_hold_what_a_model_takes() -> None:
    texts = ["x" * 20_000, "y" * 10_000, "z", *(["w"] * 250)]
    assert [len(one) for one in batches("text-embedding-005", texts)] == [2, MOST_TEXTS, MOST_TEXTS, 51]
    assert all(sum(map(len, one)) <= MOST_CHARACTERS for one in batches("text-embedding-005", texts))
    assert [len(one) for one in batches("gemini-embedding-001", texts)] == [1] * len(texts)
    assert batches("text-embedding-005", ["x" * 100_000]) == [["x" * 100_000]]
