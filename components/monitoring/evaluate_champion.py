"""Asks the champion the fresh examples, anew: an answer that was kept would hide what has changed."""

from __future__ import annotations

from components.base_models.resolved import base_models
from components.dataset_validation.validate import dataset_files, read_snapshot
from components.endpoint_deployment.history import read_release
from components.errors import RetuneError
from components.evaluation.ask_contestant import tell_the_log
from components.evaluation.contestants import Contestant, find_contestants
from components.evaluation.evaluate import evaluate
from components.evaluation.evaluate_models import evaluate_models
from components.evaluation.evaluation import Evaluation, System, SystemResult
from components.evaluation.gate_settings import GateSettings
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row, RowStore
from components.evaluation.settings import EvaluationSettings
from components.gcp.ledger import Champion
from components.gcp.service_errors import as_service_error
from components.monitoring.fresh_data import read_fresh_data
from components.monitoring.settings import MonitoringSettings
from components.monitoring.watch import ChampionEvaluation
from components.step import Step

ANSWERS = "watches"
"""Folder of the model line with the answers of each watch; `retune clean` removes old ones."""


TASK = "evaluate-champion"


def evaluate_champion(step: Step, dataset_uri: str) -> ChampionEvaluation:
    """The champion on fresh examples, and against its own earlier answers where the examples are those of its release.

    Without fresh examples, or where it does not answer, the record has the failure: the other reasons for a run, new
    data and a retirement, are looked at all the same, and the run fails when that is done.

    Args:
        step: The running step.
        dataset_uri: Folder that stands in for the configured dataset; empty for the configured one.
    """
    seen = step.ledger.champion()
    if seen is None:
        tell_the_log("nothing serves yet: there is nothing to watch")
        return ChampionEvaluation(None)
    try:
        with as_service_error("evaluating what serves"):
            return _evaluate(step, seen[0], dataset_uri)
    except RetuneError as error:
        step.ledger.record_error(step.run_id, TASK, error)
        tell_the_log(f"what serves could not be measured: {error}; {error.next_step}")
        return ChampionEvaluation(seen[0], failure=error.to_record())


def _evaluate(step: Step, champion: Champion, dataset_uri: str) -> ChampionEvaluation:
    """See `evaluate_champion`.

    Raises:
        RetuneError: `WATCH-DATA` and `EVAL-…`, see `fresh_data` and `inference`.
    """
    # Nobody has rated these answers yet.
    settings = step.section("evaluation", EvaluationSettings).model_copy(update={"ratings": {}})
    monitoring = step.section("monitoring", MonitoringSettings)
    address = monitoring.data or dataset_files(step, dataset_uri)["test"]
    fresh = read_fresh_data(step, address, _train_uri(step, champion), seed=settings.seed, max_rows=monitoring.max_rows)
    released = released_evaluation(step, champion)
    if released and settings.task_kind is None:
        # A few fresh examples may look like another kind of task, which has other metrics.
        settings = settings.model_copy(update={"task_kind": released[0].task_kind})
    evaluation, (rows,) = evaluate_models(
        step.cloud.project,
        step.storage,
        [_contestant(step, settings.seed)],
        fresh.examples,
        settings,
        catalogue=base_models(step.config),
        location=step.cloud.location,
        root=f"{step.root}/{ANSWERS}/{step.run_id}",
        # The level of the release, because intervals are compared.
        confidence=released[0].confidence if released else step.section("gate", GateSettings).confidence,
        dataset_sha256=fresh.sha256,
        tell=tell_the_log,
    )
    earlier = _earlier_rows(step, released[1], fresh.examples) if released else None
    paired = _paired(champion, fresh.examples, earlier, rows, settings, evaluation) if earlier else None
    return ChampionEvaluation(champion, fresh.files, fresh.trained_on, evaluation, paired)


def released_evaluation(step: Step, champion: Champion) -> tuple[Evaluation, SystemResult] | None:
    """The evaluation that the champion was released for, and what it did there; None where the record is gone."""
    evaluation = step.ledger.read_run(champion.run_id, "evaluation.json", Evaluation)
    found = (
        next((one for one in evaluation.systems if one.system.model == champion.model), None) if evaluation else None
    )
    return (evaluation, found) if evaluation and found else None


def _contestant(step: Step, seed: int) -> Contestant:
    """The champion with a place of its own for the answers of this watch; a repeated task finds those it had."""
    (champion,) = find_contestants(step, [], seed, checkpoints=False, answers=f"{ANSWERS}/{step.run_id}")
    return champion


def _train_uri(step: Step, champion: Champion) -> str:
    record = read_release(step.ledger, champion.release)
    if record is None or not record.snapshot_uri:
        return ""
    train = read_snapshot(step.storage, record.snapshot_uri).splits.get("train")
    return train.uri if train else ""


def _earlier_rows(step: Step, released: SystemResult, examples: list[TestExample]) -> list[Row] | None:
    """The champion's answers to these very examples at its release; None unless it had all of them.

    A prompt whose label was changed since is another example: scored by the new label, the old answer would say that
    nothing has changed, although the champion is not wanted to say that any more.
    """
    store = RowStore(step.storage, released.system.answers_uri)
    known = {(row.request_hash, row.reference) for row in store.parts.read()}
    if not all((one.request_hash, one.reference) in known for one in examples):
        return None
    found = store.load(examples)
    return [found[one.example_id] for one in examples] if len(found) == len(examples) else None


def _paired(
    champion: Champion,
    examples: list[TestExample],
    earlier: list[Row],
    now: list[Row],
    settings: EvaluationSettings,
    evaluation: Evaluation,
) -> Evaluation:
    base = champion.base_model
    then = System("base", f"release {champion.release}", champion.model, base_model=base)
    today = System("candidate", "now", champion.model, fingerprint=champion.fingerprint, base_model=base)
    return evaluate(
        examples,
        [(then, earlier), (today, now)],
        settings,
        confidence=evaluation.confidence,
        dataset_sha256=evaluation.dataset_sha256,
    )
