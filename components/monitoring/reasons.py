"""Turns the champion's evaluation into a finding: why a run is wanted, if one is."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import msgspec

from components.base_models.resolved import base_models
from components.dataset_validation.validate import dataset_files
from components.errors import RetuneError
from components.evaluation.comparisons import better_in
from components.evaluation.evaluation import Evaluation
from components.evaluation.gate_settings import GateSettings
from components.evaluation.settings import EvaluationSettings
from components.gcp.ledger import Champion, LastSuccess
from components.gcp.service_errors import as_service_error
from components.monitoring.changes import find_changes, watched_value
from components.monitoring.history import History
from components.monitoring.settings import MonitoringSettings
from components.monitoring.watch import ChampionEvaluation, Change, ErrorRecord, Finding, Reason, Watch
from components.run_planning.new_examples import count_new_examples
from components.run_planning.retirement import days_left
from components.run_planning.settings import TuningSettings
from components.step import Step

TASK = "find-reasons"


def find_reasons(step: Step, record: ChampionEvaluation, dataset_uri: str, now: datetime.datetime) -> Watch:
    """The watch, stored in the ledger; each of the three reasons is looked at, whatever fails at another one.

    Args:
        step: The running step.
        record: What the champion answered, or why it did not.
        dataset_uri: Folder that stands in for the configured dataset; empty for the configured one.
        now: The time; retirements are held against its day.
    """
    at = now.astimezone(datetime.UTC).isoformat(timespec="seconds")
    if record.champion is None:
        watch = Watch(step.run_id, at, "unwatched", remarks=["nothing serves yet: there is nothing to watch"])
    else:
        watch = _all_reasons(step, record, record.champion, dataset_uri, at, now.date())
    History(step.storage, step.ledger).keep(watch)
    print(f"watched release {watch.release}: {watch.sentence()}", flush=True)
    for reason in watch.reasons:
        print(f"reason: {reason.sentence}", flush=True)
    for remark in watch.remarks:
        print(f"remark: {remark}", flush=True)
    return watch


def _all_reasons(
    step: Step, record: ChampionEvaluation, champion: Champion, dataset_uri: str, at: str, today: datetime.date
) -> Watch:
    failures = [record.failure] if record.failure else []
    watch = Watch(step.run_id, at, "unmeasured", release=champion.release, model=champion.model)
    new: int | None = None
    last = step.ledger.last_success()
    with _kept(step, failures):
        watch = _watched(step, record, champion, record.evaluation, at) if record.evaluation else watch
    with _kept(step, failures):
        new = _new_examples(step, last, dataset_uri)
    others = [*_of_data(step, last, new), *_of_retirement(step, champion, today)]
    finding: Finding = "worse" if watch.reasons else "retrain" if others else "unmeasured" if failures else "steady"
    return msgspec.structs.replace(
        watch,
        finding=finding,
        reasons=[*watch.reasons, *others],
        remarks=[*watch.remarks, *_remarks(step, champion, watch)],
        new_examples=new,
        failures=failures,
    )


@contextmanager
def _kept(step: Step, failures: list[ErrorRecord]) -> Iterator[None]:
    """Keep the block's failure for the end of the run; what comes after the block goes on."""
    try:
        with as_service_error("looking for reasons"):
            yield
    except RetuneError as error:
        step.ledger.record_error(step.run_id, TASK, error)
        print(f"not looked at: {error}; {error.next_step}", flush=True)
        failures.append(error.to_record())


def read_evaluation(step: Step, uri: str) -> ChampionEvaluation:
    """The record that `evaluate_champion` stored."""
    return msgspec.json.decode(step.storage.read(uri), type=ChampionEvaluation)


def _watched(step: Step, record: ChampionEvaluation, champion: Champion, evaluation: Evaluation, at: str) -> Watch:
    monitoring, gate = step.section("monitoring", MonitoringSettings), step.section("gate", GateSettings)
    metric = monitoring.metric or gate.primary_metric
    value = watched_value(evaluation, metric, gate)
    changes = find_changes(step, champion, value, metric, evaluation, record.paired, monitoring.max_drop)
    return Watch(
        run_id=step.run_id,
        watched_at=at,
        finding="steady",
        release=champion.release,
        model=champion.model,
        data=record.data,
        dataset_sha256=evaluation.dataset_sha256,
        rows=evaluation.rows,
        trained_on=record.trained_on,
        metric=metric,
        better=better_in(metric, step.section("evaluation", EvaluationSettings)),
        value=value,
        confidence=evaluation.confidence,
        max_drop=monitoring.max_drop,
        changes=changes,
        reasons=list(_of_drop(changes, metric, monitoring.max_drop)),
        cost_usd=evaluation.in_role("champion")[0].cost_usd,
    )


def _of_drop(changes: list[Change], metric: str, max_drop: float) -> Iterator[Reason]:
    worse = next((one for one in changes if one.worse), None)
    if worse:
        change, then = worse.difference, worse.before
        yield Reason(
            "drop",
            "drop",
            f"{metric} is worse than at {worse.since} by more than {max_drop:g}: {change.mean:+.3f} "
            f"({change.low:+.3f} to {change.high:+.3f}) from {then.mean:.3f}",
        )


def _new_examples(step: Step, last: LastSuccess | None, dataset_uri: str) -> int | None:
    """New training examples since the last run that reached a verdict; None where no rule asks or no run did."""
    if not step.section("tuning", TuningSettings).min_new_examples or last is None:
        return None
    train = dataset_files(step, dataset_uri)["train"]
    if not step.storage.exists(last.train_uri) or not step.storage.exists(train):
        return None
    return count_new_examples(partial(step.storage.open, train), partial(step.storage.open, last.train_uri))


def _of_data(step: Step, last: LastSuccess | None, new: int | None) -> Iterator[Reason]:
    least = step.section("tuning", TuningSettings).min_new_examples
    if new is not None and last is not None and new >= least:
        sentence = f"{new:,} training examples are new since run {last.run_id}; tuning.min_new_examples is {least:,}"
        yield Reason("new_examples", f"new-examples-since-{last.run_id}", sentence)


def _of_retirement(step: Step, champion: Champion, today: datetime.date) -> Iterator[Reason]:
    facts = base_models(step.config).get(champion.base_model)
    left = days_left(facts, today) if facts else None
    if facts and left is not None and left <= step.section("tuning", TuningSettings).retirement_warning_days:
        when = f"in {left} days" if left > 0 else "by now"
        yield Reason(
            "retirement",
            "retirement",
            f"{champion.base_model}, from which the champion was tuned, may be switched off from "
            f"{facts.earliest_retirement}, {when}, and the champion with it",
        )


def _remarks(step: Step, champion: Champion, watch: Watch) -> Iterator[str]:
    least = step.section("gate", GateSettings).min_rows
    if watch.value is not None and watch.rows < least:
        yield f"{watch.rows} fresh examples show only large drops; gate.min_rows is {least}"
    if watch.trained_on:
        yield f"{watch.trained_on} examples were left out: the champion was trained on them"
    if watch.value is not None and not watch.changes:
        yield "there is no earlier evaluation of this release to compare with; this watch is the first"
    if champion.base_model not in base_models(step.config):
        yield f"when {champion.base_model} retires is not known: the configuration does not name it any more"
