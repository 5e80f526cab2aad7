"""Asks base model, champion and candidates the test set and compares their answers."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass

import msgspec

from components.base_models.facts import BaseModelFacts
from components.base_models.resolved import base_models
from components.dataset_validation.snapshot import Snapshot
from components.dataset_validation.validate import read_snapshot
from components.evaluation.evaluate import evaluate
from components.evaluation.evaluation import Evaluation, Role, System
from components.evaluation.gate_settings import GateSettings
from components.evaluation.inference import run_inference
from components.evaluation.requests import TestExample, load_test_examples
from components.evaluation.rows import Row, RowStore
from components.evaluation.settings import EvaluationSettings
from components.gcp.generation import Generator
from components.gcp.ledger import Champion
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel


@dataclass(frozen=True)
class Contestant:
    """A system and where it answers.

    Attributes:
        system: What it is in the evaluation.
        target: Publisher model identifier or endpoint resource name.
        thinking: How its thinking is held down; empty for the model's default.
    """

    system: System
    target: str
    thinking: str


def evaluate_run(step: Step, snapshot_uri: str, tuned_uris: list[str]) -> Evaluation:
    """The evaluation of every model of the run on the whole test set.

    Answers are kept per model version and test set: a base model or champion that was asked before is not paid for
    again, and a rerun asks only what is missing.

    Raises:
        RetuneError: `EVAL-…`, see `requests` and `evaluate`; `SERVICE-…` when storage fails. A model that does not
            answer is no error: its rows carry the reason.
    """
    settings = step.section("evaluation", EvaluationSettings)
    snapshot = read_snapshot(step.storage, snapshot_uri)
    examples = read_test_set(step, snapshot, settings)
    contestants = _contestants(step, read_tuned(step, tuned_uris))
    answers = [(one.system, _answers(step, one, examples, snapshot, settings)) for one in contestants]
    gate = step.section("gate", GateSettings)
    return evaluate(
        examples,
        answers,
        settings,
        confidence=gate.confidence,
        dataset_sha256=snapshot.sha256,
        sliced_metric=gate.primary_metric,
    )


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


def answers_uri(step: Step, model: str, snapshot: Snapshot) -> str:
    """Where the answers of a model version to a test set are kept."""
    version = hashlib.sha256(model.encode()).hexdigest()[:16]
    return f"{step.root}/answers/{snapshot.splits['test'].sha256[:16]}/{version}"


def _contestants(step: Step, tuned: list[TunedModel]) -> list[Contestant]:
    """The base model of the first candidate, the champion where one serves, and the candidates."""
    catalogue = base_models(step.config)
    base = tuned[0].candidate.base_model
    contestants = [Contestant(_system("base", base, base, "", catalogue[base]), base, "")]
    seen = step.ledger.champion()
    if seen:
        contestants.append(_champion(seen[0], catalogue))
    for one in tuned:
        facts = catalogue[one.candidate.base_model]
        system = _system("candidate", one.candidate.label, one.model, one.candidate.fingerprint, facts)
        contestants.append(Contestant(system, one.endpoint, facts.thinking))
    return contestants


def _champion(champion: Champion, catalogue: dict[str, BaseModelFacts]) -> Contestant:
    """The champion; its base model may have left the configuration, then its price and thinking are not known."""
    facts = catalogue.get(champion.base_model)
    name = f"release {champion.release}"
    return Contestant(
        _system("champion", name, champion.model, "", facts), champion.endpoint, facts.thinking if facts else ""
    )


def _system(role: Role, name: str, model: str, fingerprint: str, facts: BaseModelFacts | None) -> System:
    prices = facts.prices if facts else None
    return System(
        role=role,
        name=name,
        model=model,
        fingerprint=fingerprint,
        usd_per_million_input=prices.input if prices else None,
        usd_per_million_output=prices.output if prices else None,
    )


def _answers(
    step: Step, contestant: Contestant, examples: list[TestExample], snapshot: Snapshot, settings: EvaluationSettings
) -> list[Row]:
    system = contestant.system
    store = RowStore(step.storage, answers_uri(step, system.model, snapshot))
    generator = Generator(step.cloud.project, step.cloud.location, contestant.target, thinking=contestant.thinking)
    print(f"asking {system.role} {system.name}: {len(examples)} rows", flush=True)
    return asyncio.run(run_inference(examples, generator.ask, store, concurrency=settings.concurrency, progress=_show))


def _show(done: int, total: int) -> None:
    if done == total or done % 500 == 0:
        print(f"  {done} of {total}", flush=True)
