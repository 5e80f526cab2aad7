"""Asks base models, champion and candidates the test set and compares their answers."""

from __future__ import annotations

import asyncio

import msgspec

from components.dataset_validation.snapshot import Snapshot
from components.dataset_validation.validate import read_snapshot
from components.evaluation.contestants import Contestant, find_contestants
from components.evaluation.evaluate import EvaluationSettings, evaluate
from components.evaluation.evaluation import Evaluation
from components.evaluation.gate_settings import GateSettings
from components.evaluation.inference import run_inference
from components.evaluation.requests import TestExample, load_test_examples
from components.evaluation.rows import PartStorage, Row, RowStore
from components.gcp.generation import Generator
from components.gcp.rate_limit import RateLimit
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel


def evaluate_run(step: Step, snapshot_uri: str, tuned_uris: list[str]) -> Evaluation:
    """The evaluation of every model of the run on the whole test set.

    Answers are kept per model version: a base model or champion that was asked the same before is not paid for again,
    and a rerun asks only what is missing.

    Raises:
        RetuneError: `EVAL-…`, see `requests`, `inference` and `evaluate`; `SERVICE-…` when storage fails.
    """
    settings = step.section("evaluation", EvaluationSettings)
    snapshot = read_snapshot(step.storage, snapshot_uri)
    examples = read_test_set(step, snapshot, settings)
    contestants = find_contestants(step, read_tuned(step, tuned_uris), settings.seed)
    answers = [
        (one.system, ask_contestant(step.cloud.project, step.storage, one, examples, settings)) for one in contestants
    ]
    confidence = step.section("gate", GateSettings).confidence
    return evaluate(examples, answers, settings, confidence=confidence, dataset_sha256=snapshot.sha256)


def read_test_set(step: Step, snapshot: Snapshot, settings: EvaluationSettings) -> list[TestExample]:
    """The snapshot's test examples as requests."""
    with step.storage.open(snapshot.splits["test"].uri) as lines:
        return load_test_examples(lines, seed=settings.seed, limit=settings.max_rows)


def evaluated_champion(step: Step) -> str:
    """Registry name of the champion that this run's candidates were compared with; empty when nothing served."""
    evaluation = step.ledger.read_run(step.run_id, "evaluation.json", Evaluation)
    champions = evaluation.in_role("champion") if evaluation else []
    return champions[0].system.model if champions else ""


def read_tuned(step: Step, uris: list[str]) -> list[TunedModel]:
    """The records of the tuned models, in the order of the addresses."""
    return [msgspec.json.decode(step.storage.read(uri), type=TunedModel) for uri in uris]


def ask_contestant(
    project: str,
    storage: PartStorage,
    contestant: Contestant,
    examples: list[TestExample],
    settings: EvaluationSettings,
) -> list[Row]:
    """The rows of one model, in the order of the examples.

    Raises:
        RetuneError: `EVAL-…`, see `inference`.
    """
    system = contestant.system
    store = RowStore(storage, system.answers_uri)
    limit = RateLimit(settings.requests_per_minute, settings.tokens_per_minute)
    generator = Generator(
        project,
        contestant.location,
        contestant.target,
        thinking=contestant.thinking,
        attempts=settings.attempts,
        limit=limit,
    )

    async def ask_all() -> list[Row]:
        async with generator:
            return await run_inference(
                examples,
                generator.ask,
                store,
                concurrency=settings.concurrency,
                cost=contestant.cost,
                progress=_show,
            )

    print(f"asking {system.role} {system.name}: {len(examples)} rows", flush=True)
    return asyncio.run(ask_all())


def _show(done: int, total: int) -> None:
    if done == total or done % 500 == 0:
        print(f"  {done} of {total}", flush=True)
