"""Asks base models, champion and candidates the test set and compares their answers."""

from __future__ import annotations

from typing import Any

import msgspec

from components.base_models.resolved import base_models
from components.clock import Clock
from components.dataset_validation.snapshot import Snapshot
from components.dataset_validation.validate import read_snapshot
from components.errors import RetuneError
from components.evaluation.ask_contestant import ask_contestant, tell_the_log
from components.evaluation.batch_inference import BatchAsker
from components.evaluation.contestants import Contestant, find_contestants
from components.evaluation.dimensions import read_side_file
from components.evaluation.evaluate import evaluate
from components.evaluation.evaluation import Evaluation
from components.evaluation.extra_metrics import extra_metrics
from components.evaluation.gate_settings import GateSettings
from components.evaluation.requests import TestExample, load_test_examples
from components.evaluation.rows import RowStore
from components.evaluation.settings import EvaluationSettings
from components.gcp.batch_jobs import BatchJobs
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel

BATCH_POLL_S = 10.0


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
    contestants = find_contestants(step, read_tuned(step, tuned_uris), settings.seed, checkpoints=settings.checkpoints)
    answers = []
    for one in contestants:
        if settings.batch and one.batch:
            _ask_in_batch(step, one, examples, settings)
        try:
            rows = ask_contestant(step.cloud.project, step.storage, one, examples, settings)
        except RetuneError as error:
            # An earlier run may have removed its endpoint, and nothing depends on it.
            if one.system.role != "checkpoint":
                raise
            tell_the_log(f"{one.system.name} is left out: {error}")
            continue
        answers.append((one.system, rows))
    extra = extra_metrics(
        step.cloud.project,
        step.cloud.location,
        step.storage,
        step.root,
        base_models(step.config),
        examples,
        answers,
        settings,
        tell_the_log,
    )
    gate = step.section("gate", GateSettings)
    record = evaluate(
        examples,
        answers,
        settings,
        confidence=gate.confidence,
        dataset_sha256=snapshot.sha256,
        sliced_metric=gate.primary_metric,
        extra=extra.metrics,
        fields=side_fields(step, snapshot, settings)[: len(examples)],
    )
    return extra.told_in(msgspec.structs.replace(record, overlapping_rows=_overlapping(step, snapshot)))


def _ask_in_batch(
    step: Step, contestant: Contestant, examples: list[TestExample], settings: EvaluationSettings
) -> None:
    """Fill the model's rows as far as a batch prediction job can; the others are asked online afterwards."""
    jobs = BatchJobs(step.cloud, contestant.location)
    asker = BatchAsker(jobs, step.storage, settings.batch_minutes * 60, BATCH_POLL_S, Clock(), tell_the_log)
    try:
        asker.fill(contestant, examples, RowStore(step.storage, contestant.system.answers_uri))
    except RetuneError as error:
        tell_the_log(f"no batch of {contestant.system.name}, its questions are asked online: {error}")


def _overlapping(step: Step, snapshot: Snapshot) -> int:
    """Test examples that are in the other files, as validation counted them: it refuses more than a small share."""
    facts = msgspec.json.decode(step.storage.read(snapshot.facts_uri))
    return int(facts["findings"].get("DATA-LEAK-TEST", 0))


def read_test_set(step: Step, snapshot: Snapshot, settings: EvaluationSettings) -> list[TestExample]:
    """The snapshot's test examples as requests."""
    with step.storage.open(snapshot.splits["test"].uri) as lines:
        return load_test_examples(lines, seed=settings.seed, limit=settings.max_rows)


def side_fields(step: Step, snapshot: Snapshot, settings: EvaluationSettings) -> list[dict[str, Any]]:
    """What the side file says of every test example; nothing where there is no such file."""
    if settings.side_file is None:
        return []
    with step.storage.open(settings.side_file) as lines:
        return read_side_file(lines, snapshot.splits["test"].rows, settings.side_file)


def evaluated_champion(step: Step) -> str:
    """Registry name of the champion that this run's candidates were compared with; empty when nothing served."""
    evaluation = step.ledger.read_run(step.run_id, "evaluation.json", Evaluation)
    champions = evaluation.in_role("champion") if evaluation else []
    return champions[0].system.model if champions else ""


def read_tuned(step: Step, uris: list[str]) -> list[TunedModel]:
    """The records of the tuned models, in the order of the addresses."""
    return [msgspec.json.decode(step.storage.read(uri), type=TunedModel) for uri in uris]
