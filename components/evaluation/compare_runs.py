"""Compares a model of one evaluation with one of another, on the questions that both were asked."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from components.errors import configuration_error
from components.evaluation.evaluate import evaluate
from components.evaluation.evaluation import Evaluation, System, SystemResult
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings
from components.evaluation.slices import MIN_ROWS


@dataclass(frozen=True)
class Answered:
    """One model's answers to a test set.

    Attributes:
        run: What people call the run.
        system: The model.
        examples: The test set.
        rows: Its rows, joined to the examples.
    """

    run: str
    system: System
    examples: Sequence[TestExample]
    rows: Sequence[Row | None]


@dataclass(frozen=True)
class RunComparison:
    """The second model against the first.

    Attributes:
        evaluation: With the first model as `base` and the second as `candidate`.
        examples: The questions that both were asked, as the first run has them.
        rows: Of both models, joined to them.
    """

    evaluation: Evaluation
    examples: list[TestExample]
    rows: tuple[list[Row | None], list[Row | None]]


def choose_system(record: Evaluation, winner: str | None, wanted: str, run: str) -> SystemResult:
    """The model of an evaluation that is meant.

    Args:
        record: The evaluation.
        winner: Fingerprint of the candidate that was promoted.
        wanted: Its name, or its role, with a number where there are several (`candidate 2`); empty for the winner, else
            the first candidate, else the only model.
        run: What people call the run.

    Raises:
        RetuneError: `COMPARE-MODEL`, there is no such model.
    """
    numbers: Counter[str] = Counter()
    names: dict[str, SystemResult] = {}
    for one in record.systems:
        role = one.system.role
        numbers[role] += 1
        for name in (one.system.name, role, f"{role} {numbers[role]}"):
            names.setdefault(name, one)
    if not wanted:
        promoted = (one for one in record.systems if winner and one.system.fingerprint == winner)
        return next(promoted, (*record.in_role("candidate"), *record.systems)[0])
    if wanted not in names:
        raise configuration_error(
            "COMPARE-MODEL",
            f"the run has no model {wanted[:80]!r}",
            f"use one of {', '.join(names)}",
            run,
        )
    return names[wanted]


def compare_runs(
    first: Answered, second: Answered, settings: EvaluationSettings, *, confidence: float, metric: str
) -> RunComparison:
    """The second model minus the first, paired on the questions of both.

    A question is the same when the line of the test file is, wherever it stands in the file: its digest is part of the
    example's identifier. Questions that are repeated are paired in their order.

    Args:
        first: What is compared with.
        second: What is compared.
        settings: Seed, resamples, own metrics.
        confidence: Level of the intervals.
        metric: The metric that slices are compared on.

    Raises:
        RetuneError: `COMPARE-ROWS`, fewer than ten questions are the same; `EVAL-…`, see `evaluate`.
    """
    places = {key: at for at, key in enumerate(_keys(second.examples))}
    pairs = [(at, places[key]) for at, key in enumerate(_keys(first.examples)) if key in places]
    if len(pairs) < MIN_ROWS:
        raise configuration_error(
            "COMPARE-ROWS",
            f"of {len(first.examples):,} and {len(second.examples):,} test examples only {len(pairs):,} are the same, "
            f"and {MIN_ROWS} are needed",
            "compare runs with the same test file, or ask both models with `retune evaluate FILE --model … --model …`",
            f"{first.run}, {second.run}",
        )
    examples = [first.examples[ours] for ours, _ in pairs]
    rows = [first.rows[ours] for ours, _ in pairs]
    others = [_moved(second.rows[theirs], example) for example, (_, theirs) in zip(examples, pairs, strict=True)]
    systems = (
        msgspec.structs.replace(_named(first), role="base", fingerprint="", base_model=""),
        msgspec.structs.replace(_named(second), role="candidate", fingerprint=_identity(second), base_model=""),
    )
    evaluation = evaluate(
        examples,
        [(system, [row for row in found if row]) for system, found in zip(systems, (rows, others), strict=True)],
        settings,
        confidence=confidence,
        dataset_sha256=hashlib.sha256("\n".join(one.example_id for one in examples).encode()).hexdigest(),
        sliced_metric=metric,
    )
    return RunComparison(evaluation, examples, (rows, others))


def _keys(examples: Sequence[TestExample]) -> list[tuple[str, str, int]]:
    """What makes an example the same in another file: the digest of its line, its reference, which of several it is."""
    seen: Counter[tuple[str, str]] = Counter()
    keys = []
    for one in examples:
        content = (one.example_id.partition("-")[2], one.reference)
        keys.append((*content, seen[content]))
        seen[content] += 1
    return keys


def _moved(row: Row | None, example: TestExample) -> Row | None:
    """The row as if it had been given to that example."""
    if row is None:
        return None
    return msgspec.structs.replace(row, example_id=example.example_id, request_hash=example.request_hash)


def _named(one: Answered) -> System:
    return msgspec.structs.replace(one.system, name=f"{one.system.name} ({one.run})")


def _identity(one: Answered) -> str:
    return hashlib.sha256(f"{one.run}\n{one.system.model}\n{one.system.name}".encode()).hexdigest()
