"""A watch that cannot measure what serves looks at the other reasons all the same, and fails with the cause."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from components.errors import RetuneError
from components.gcp.ledger import LastSuccess
from components.monitoring.evaluate_champion import evaluate_champion
from components.monitoring.history import RECORD, History
from components.monitoring.reasons import find_reasons
from components.monitoring.request_run import end_with_failure, request_run
from components.monitoring.watch import Watch
from components.notification.message import message_of
from components.notification.notify import one_line
from components.notification.summary import summarise
from components.step import Step
from pipelines.catalogue import catalogue
from tests.components.releases.lines import Line, champion
from tests.components.releases.watching import (
    create_schedule,
    labelled,
    serve_with_evaluation,
    started_runs,
    watching,
)
from tests.components.stand_ins import Faults

NOW = datetime.datetime(2026, 8, 3, 10, tzinfo=datetime.UTC)
TUNING = {"candidates": [{"base_model": "gemini-2.5-flash", "epochs": 1}], "budget_usd": 10}


def watched(step: Step) -> Watch:
    """What the three tasks of the monitoring pipeline do, but for its end."""
    find_reasons(step, evaluate_champion(step, ""), "", NOW)
    return request_run(step, step.ledger.run_uri(step.run_id, RECORD), NOW)


def retiring(line: Line, days: int) -> dict[str, object]:
    base_model = champion(line.step).base_model
    facts = catalogue({})[base_model].to_dict()
    return {base_model: {**facts, "earliest_retirement": str(NOW.date() + datetime.timedelta(days=days))}}


def test_without_fresh_data_a_retirement_alone_starts_the_run(line: Line, tmp_path: Path) -> None:
    serve_with_evaluation(line, labelled(20, 0, start=1000), right=20)
    create_schedule(line, tmp_path)
    step = watching(line, "watch-1", monitoring={"start_runs": True}, base_models=retiring(line, 20))
    watch = watched(step)
    assert (watch.finding, [one.cause for one in watch.reasons]) == ("retrain", ["retirement"])
    assert [one["code"] for one in watch.failures] == ["WATCH-DATA"]
    (run,) = started_runs(line)
    assert watch.requests[0].run.endswith(run.display_name)
    with pytest.raises(RetuneError, match="WATCH-DATA"):
        end_with_failure(watch)
    told = summarise(line.step.ledger, "watch-1", "FAILED")
    assert [(one.task, one.code) for one in told.failures] == [("evaluate-champion", "WATCH-DATA")]
    assert told.reasons[0].endswith(f"run {run.display_name} was started on 2026-08-03")
    message = message_of(told, "line", line.step.cloud)
    assert message.title == "line: failed, WATCH-DATA; retrain"
    assert message.sentences == told.reasons
    assert "FAILED: retrain, WATCH-DATA in evaluate-champion;" in one_line(told)
    assert History(line.step.storage, line.step.ledger).last() == watch


def test_new_data_is_a_reason_while_the_champion_does_not_answer(line: Line, faults: Faults) -> None:
    serve_with_evaluation(line, labelled(20, 0, start=1000), right=20)
    storage, ledger = line.step.storage, line.step.ledger
    before, now = f"{line.step.root}/old.jsonl", f"{line.step.root}/train.jsonl"
    storage.write(before, labelled(20, 0))
    storage.write(now, labelled(20, 0) + labelled(7, 0, start=900))
    ledger.write_last_success(LastSuccess("run-1", before))
    endpoint = champion(line.step).tuning_endpoint.rsplit("/", 1)[-1]
    faults.add(action="status", status=400, path=f"{endpoint}:generateContent", rate=1.0)
    sections = {"tuning": {**TUNING, "min_new_examples": 7}, "dataset": {"train": now, "test": now}}
    watch = watched(watching(line, "watch-1", labelled(20, 0), **sections))
    assert (watch.finding, [one.cause for one in watch.reasons], watch.new_examples) == (
        "retrain", ["new_examples"], 7,
    )  # fmt: skip
    assert next(one["code"] for one in watch.failures) in ("EVAL-NO-ANSWERS", "WATCH-COVERAGE")
    assert [one.key for one in watch.requests] == ["new-examples-since-run-1"]


def test_a_training_file_that_cannot_be_read_hides_neither_a_drop_nor_a_retirement(line: Line, faults: Faults) -> None:
    serve_with_evaluation(line, labelled(60, 0, start=1000), right=60)
    before, now = f"{line.step.root}/old.jsonl", f"{line.step.root}/train.jsonl"
    for uri in (before, now):
        line.step.storage.write(uri, labelled(20, 0))
    line.step.ledger.write_last_success(LastSuccess("run-1", before))
    sections = {"tuning": {**TUNING, "min_new_examples": 7}, "dataset": {"train": now, "test": now}}
    step = watching(line, "watch-1", labelled(30, 30), **sections, base_models=retiring(line, 20))
    faults.add(action="status", status=403, path="train.jsonl", rate=1.0)
    watch = watched(step)
    assert (watch.finding, [one.cause for one in watch.reasons]) == ("worse", ["drop", "retirement"])
    assert len(watch.failures) == 1
