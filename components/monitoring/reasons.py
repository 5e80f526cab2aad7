"""Turns the champion's evaluation into a finding: why a run is wanted, if one is."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from functools import partial

import msgspec

from components.base_models.resolved import base_models
from components.dataset_validation.validate import dataset_files
from components.evaluation.comparisons import better_in
from components.evaluation.evaluation import Evaluation
from components.evaluation.gate_settings import GateSettings
from components.evaluation.settings import EvaluationSettings
from components.gcp.ledger import Champion, LastSuccess
from components.monitoring.changes import find_changes, watched_value
from components.monitoring.history import History
from components.monitoring.settings import MonitoringSettings
from components.monitoring.watch import ChampionEvaluation, Change, Finding, Reason, Watch
from components.run_planning.new_examples import count_new_examples
from components.run_planning.retirement import days_left
from components.run_planning.settings import TuningSettings
from components.step import Step


def find_reasons(step: Step, record: ChampionEvaluation, dataset_uri: str, now: datetime.datetime) -> Watch:
    """The watch, stored in the ledger.

    Args:
        step: The running step.
        record: What the champion answered.
        dataset_uri: Folder that stands in for the configured dataset; empty for the configured one.
        now: The time; retirements are held against its day.

    Raises:
        RetuneError: `WATCH-COVERAGE` and `WATCH-METRIC`, see `changes`.
    """
    at = now.astimezone(datetime.UTC).isoformat(timespec="seconds")
    if record.champion is None or record.evaluation is None:
        watch = Watch(step.run_id, at, "unwatched", remarks=["nothing serves yet: there is nothing to watch"])
    else:
        watch = _watched(step, record, record.champion, record.evaluation, at)
        last = step.ledger.last_success()
        new = _new_examples(step, last, dataset_uri)
        reasons = [*watch.reasons, *_of_data(step, last, new), *_of_retirement(step, record.champion, now.date())]
        remarks = [*watch.remarks, *_remarks(step, record.champion, watch)]
        finding: Finding = "worse" if watch.reasons else "retrain" if reasons else "steady"
        watch = msgspec.structs.replace(watch, finding=finding, reasons=reasons, remarks=remarks, new_examples=new)
    History(step.storage, step.ledger).keep(watch)
    print(f"watched release {watch.release}: {watch.sentence()}", flush=True)
    for reason in watch.reasons:
        print(f"reason: {reason.sentence}", flush=True)
    for remark in watch.remarks:
        print(f"remark: {remark}", flush=True)
    return watch


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
    if watch.rows < least:
        yield f"{watch.rows} fresh examples show only large drops; gate.min_rows is {least}"
    if watch.trained_on:
        yield f"{watch.trained_on} examples were left out: the champion was trained on them"
    if not watch.changes:
        yield "there is no earlier evaluation of this release to compare with; this watch is the first"
    if champion.base_model not in base_models(step.config):
        yield f"when {champion.base_model} retires is not known: the configuration does not name it any more"
