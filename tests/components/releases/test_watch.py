"""Watching: a drop on fresh data, new data or a retirement asks for a run, noise does not, and a run starts once."""

from __future__ import annotations

import datetime
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from components.endpoint_deployment.old_replays import old_replays
from components.errors import RetuneError
from components.gcp.ledger import LastSuccess
from components.monitoring.evaluate_champion import evaluate_champion
from components.monitoring.history import RECORD, History
from components.monitoring.reasons import find_reasons
from components.monitoring.request_run import end_with_failure, request_run
from components.monitoring.watch import Watch
from components.notification.message import message_of
from components.notification.summary import summarise
from components.step import Step
from pipelines.catalogue import catalogue
from tests.components.releases.lines import LINE, Line, champion
from tests.components.releases.watching import (
    create_schedule,
    labelled,
    serve_with_evaluation,
    started_runs,
    watching,
)
from tests.components.stand_ins import Faults

NOW = datetime.datetime(2026, 8, 3, 10, tzinfo=datetime.UTC)
START = {"start_runs": True}


def look(step: Step, now: datetime.datetime = NOW) -> Watch:
    return find_reasons(step, evaluate_champion(step, ""), "", now)


def request(step: Step, now: datetime.datetime = NOW) -> Watch:
    return request_run(step, step.ledger.run_uri(step.run_id, RECORD), now)


def test_a_champion_that_got_worse_on_fresh_data_is_shown_and_a_run_asked_for(line: Line) -> None:
    serve_with_evaluation(line, labelled(200, 0, start=1000), right=190)
    watch = look(watching(line, "watch-1", labelled(90, 60)))
    assert (watch.finding, watch.metric, watch.rows, watch.release) == ("worse", "exact_match", 150, 1)
    assert watch.value
    assert watch.value.mean == pytest.approx(0.6)
    (change,) = watch.changes
    assert (change.since, change.paired, change.worse) == ("its release 1", False, True)
    assert change.difference.high < -0.05
    (reason,) = watch.reasons
    assert reason.sentence.startswith("exact_match is worse than at its release 1 by more than 0.05: -0.350 (-0.4")
    asked = request(watching(line, "watch-1"))
    assert [(one.key, one.run) for one in asked.requests] == [("drop", "")]
    assert History(line.step.storage, line.step.ledger).last() == asked
    summary = summarise(line.step.ledger, "watch-1", "SUCCEEDED")
    assert summary.verdict == "worse"
    assert summary.reasons == [f"{reason.sentence}; a run is asked for since 2026-08-03"]
    assert summary.measured[0].sentence().startswith("now 0.600 (")
    assert summary.evaluation_usd == asked.cost_usd
    assert asked.cost_usd
    facts = dict(message_of(summary, "line", line.step.cloud).facts)
    assert facts["cost"] == "answers about $0.00"


def test_noise_is_no_reason(line: Line) -> None:
    serve_with_evaluation(line, labelled(200, 0, start=1000), right=190)
    watch = look(watching(line, "watch-1", labelled(88, 12)))
    assert watch.value
    assert watch.value.mean == pytest.approx(0.88)
    assert (watch.finding, watch.reasons) == ("steady", [])
    assert request(watching(line, "watch-1")).requests == []
    told = summarise(line.step.ledger, "watch-1", "SUCCEEDED")
    assert (told.verdict, told.reasons) == ("steady", ["as good as it was, within the allowed drop; no run is wanted"])


def test_the_same_examples_are_compared_one_by_one_with_the_answers_at_the_release(line: Line) -> None:
    content = labelled(150, 10)
    serve_with_evaluation(line, content, right=160)
    watch = look(watching(line, "watch-1", content, monitoring={"max_drop": 0.02}))
    (change,) = watch.changes
    assert (change.paired, change.before.mean, change.difference.mean) == (True, 1.0, -10 / 160)
    assert watch.finding == "worse", "10 of 160 pairs lost and none won, which independent samples would not show"


def test_the_same_prompts_with_other_labels_are_other_examples(line: Line) -> None:
    serve_with_evaluation(line, labelled(200, 0), right=200)
    watch = look(watching(line, "watch-1", labelled(130, 70)))
    (change,) = watch.changes
    assert (change.paired, change.before.mean, change.worse) == (False, 1.0, True)


def test_every_watch_asks_anew_and_is_also_compared_with_the_first_one(line: Line) -> None:
    serve_with_evaluation(line, labelled(60, 0, start=1000), right=40)
    first = look(watching(line, "watch-1", labelled(100, 0)))
    assert first.finding == "steady"
    step = watching(line, "watch-2", labelled(40, 60, start=500), monitoring={"max_rows": 100})
    second = look(step)
    assert [(one.since, one.worse) for one in second.changes] == [
        ("its release 1", True),
        ("its first watch on 2026-08-03", True),
    ]
    assert second.data == [f"{line.step.root}/fresh/watch-2.jsonl"], "the newest file had enough"
    for run in ("watch-1", "watch-2"):
        assert list(line.step.storage.list(f"{line.step.root}/watches/{run}/"))


def test_a_metric_of_ones_own_may_be_better_when_it_falls(line: Line) -> None:
    serve_with_evaluation(line, labelled(60, 0, start=1000), right=40)
    unlike = {"python": "tests.components.releases.watching:unlike", "better": "lower"}
    own = {"evaluation": {"resamples": 400, "own_metrics": {"unlike": unlike}}}
    metric = {"metric": "own:unlike", "max_rows": 100}
    first = look(watching(line, "watch-1", labelled(50, 50), monitoring=metric, **own))
    better = look(watching(line, "watch-2", labelled(100, 0, start=500), monitoring=metric, **own))
    assert (first.better, first.finding, better.finding) == ("lower", "steady", "steady")
    worse = look(watching(line, "watch-3", labelled(5, 95, start=900), monitoring=metric, **own))
    assert worse.finding == "worse"


def test_a_coming_retirement_of_the_base_model_is_a_reason(line: Line) -> None:
    serve_with_evaluation(line, labelled(60, 0, start=1000), right=60)
    base_model = champion(line.step).base_model
    facts = catalogue({})[base_model].to_dict()
    for left, finding in ((200, "steady"), (20, "retrain"), (-3, "retrain")):
        facts["earliest_retirement"] = str(NOW.date() + datetime.timedelta(days=left))
        watch = look(watching(line, f"watch-{abs(left)}", labelled(60, 0), base_models={base_model: facts}))
        assert watch.finding == finding
        assert [one.cause for one in watch.reasons] == ([] if left == 200 else ["retirement"])
    assert "may be switched off from 2026-07-31, by now" in watch.reasons[0].sentence


def test_enough_new_training_examples_are_a_reason_and_too_few_are_none(line: Line) -> None:
    serve_with_evaluation(line, labelled(60, 0, start=1000), right=60)
    storage, ledger = line.step.storage, line.step.ledger
    before, now = f"{line.step.root}/old.jsonl", f"{line.step.root}/train.jsonl"
    storage.write(before, labelled(20, 0))
    storage.write(now, labelled(20, 0) + labelled(7, 0, start=900))
    ledger.write_last_success(LastSuccess("run-1", before))
    tuning = {"candidates": [{"base_model": "gemini-2.5-flash", "epochs": 1}], "budget_usd": 10}
    dataset = {"train": now, "test": now}
    for least, finding in ((8, "steady"), (7, "retrain")):
        wanted = {"tuning": {**tuning, "min_new_examples": least}, "dataset": dataset}
        watch = look(watching(line, f"watch-{least}", labelled(60, 0), **wanted))
        assert (watch.finding, watch.new_examples) == (finding, 7)
    assert watch.reasons[0].sentence == "7 training examples are new since run run-1; tuning.min_new_examples is 7"


def test_where_nothing_serves_the_watch_says_so(line: Line) -> None:
    watch = look(watching(line, "watch-1", labelled(10, 0)))
    assert (watch.finding, watch.remarks) == ("unwatched", ["nothing serves yet: there is nothing to watch"])
    assert request(watching(line, "watch-1")).requests == []
    assert summarise(line.step.ledger, "watch-1", "SUCCEEDED").verdict == "unwatched"


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (None, "WATCH-DATA", "no labelled example among 0 files"),
        (b"\n\n", "WATCH-DATA", "no labelled example among 1 files"),
        (b'{"contents":[{"role":"user","parts":[{"text":"q"}]}]}\n', "EVAL-REFERENCE", "watch-1.jsonl, test line 1"),
        (b"no JSON\n", "EVAL-LINE", "watch-1.jsonl, test line 1"),
    ],
)
def test_fresh_data_that_is_empty_or_unlabelled_is_refused_with_its_place(
    line: Line, content: bytes | None, code: str, says: str
) -> None:
    serve_with_evaluation(line, labelled(60, 0, start=1000), right=60)
    failed = evaluate_champion(watching(line, "watch-1", content), "").failure
    assert failed
    assert failed["code"] == code
    assert says in f"{failed['where']} {failed['message']}"
    assert "/fresh" in str(failed["where"])


def test_what_the_champion_was_trained_on_is_left_out(line: Line, faults: Faults) -> None:
    step = serve_with_evaluation(line, labelled(60, 0, start=1000), right=60)
    train = f"{step.root}/snapshots/s/train.jsonl"
    step.storage.write(train, labelled(30, 0))
    split = {"uri": train, "rows": 30, "bytes": 1, "sha256": "0", "tokens": 1}
    manifest = {"uri": f"{step.root}/snapshots/s/", "sha256": "0", "splits": {"train": split}, "facts_uri": ""}
    step.storage.write(f"{step.root}/snapshots/s/manifest.json", json.dumps(manifest).encode())
    record = step.ledger.read_release(1)
    assert record
    step.storage.write(
        f"{step.ledger.root}/releases/000001.json", json.dumps({**record, "snapshot_uri": manifest["uri"]}).encode()
    )
    watch = look(watching(line, "watch-1", labelled(90, 0)))
    assert (watch.rows, watch.trained_on) == (60, 30)
    assert "30 examples were left out: the champion was trained on them" in watch.remarks
    step.storage.write(train, labelled(90, 0))
    failed = evaluate_champion(watching(line, "watch-2"), "").failure
    assert failed
    assert (failed["code"], str(failed["message"])[-26:]) == ("WATCH-DATA", "trained on all 90 examples")


def test_a_champion_that_does_not_answer_is_a_failure_and_no_drop(line: Line, faults: Faults) -> None:
    serve_with_evaluation(line, labelled(60, 0, start=1000), right=60)
    endpoint = champion(line.step).tuning_endpoint.rsplit("/", 1)[-1]
    faults.add(action="status", status=400, path=f"{endpoint}:generateContent", times=5)
    watch = look(watching(line, "watch-1", labelled(60, 0)))
    assert (watch.finding, watch.reasons, watch.sentence()) == ("unmeasured", [], "unmeasured, WATCH-COVERAGE")
    with pytest.raises(RetuneError, match=r"WATCH-COVERAGE: the champion answered 91\.7% of 60 fresh examples"):
        end_with_failure(request(watching(line, "watch-1")))
    faults.clear()
    assert look(watching(line, "watch-1")).finding == "steady", "only what is missing is asked again"


def test_a_metric_of_comparisons_says_that_it_cannot_be_watched(line: Line) -> None:
    serve_with_evaluation(line, labelled(60, 0, start=1000), right=60)
    step = watching(line, "watch-1", labelled(60, 0), monitoring={"metric": "judge:helpful"})
    assert [one["code"] for one in look(step).failures] == ["WATCH-METRIC"]


def test_a_reason_starts_one_run_though_watches_fire_twice_and_at_once(line: Line, tmp_path: Path) -> None:
    serve_with_evaluation(line, labelled(200, 0, start=1000), right=190)
    create_schedule(line, tmp_path)
    steps = [watching(line, f"watch-{number}", labelled(60, 40), monitoring=START) for number in (1, 2, 3)]
    for step in steps[:2]:
        assert look(step).finding == "worse"
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(request, steps[:2])
    (run,) = started_runs(line)
    assert first.requests[0].run.endswith(run.display_name)
    assert second.requests[0].run == first.requests[0].run
    assert dict(run.runtime_config.parameter_values)["trigger"] == "monitoring"
    # A week later the reason stands, and was answered.
    look(steps[2], NOW + datetime.timedelta(days=7))
    later = request(steps[2], NOW + datetime.timedelta(days=7))
    assert later.requests[0].run == first.requests[0].run
    assert later.sentences()[0].endswith(f"run {run.display_name} was started on 2026-08-03")
    assert len(started_runs(line)) == 1


def test_a_killed_request_starts_no_second_run_and_what_was_asked_for_can_be_started(
    line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_with_evaluation(line, labelled(200, 0, start=1000), right=190)
    look(watching(line, "watch-1", labelled(60, 40)))
    assert request(watching(line, "watch-1")).requests[0].run == "", "only asked for"
    create_schedule(line, tmp_path)
    step = watching(line, "watch-2", monitoring=START)
    look(step)

    def killed(self: History, release: int, one: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(History, "keep_request", killed)
        with pytest.raises(KeyboardInterrupt):
            request(step)
    assert request(step).requests[0].run.endswith(started_runs(line)[0].display_name)
    assert len(started_runs(line)) == 1


def test_without_a_schedule_the_run_is_asked_for_and_the_watch_says_why(line: Line) -> None:
    serve_with_evaluation(line, labelled(200, 0, start=1000), right=190)
    step = watching(line, "watch-1", labelled(60, 40), monitoring=START)
    look(step)
    watch = request(step)
    assert watch.requests[0].run == ""
    assert any("SCHEDULE-MISSING" in remark for remark in watch.remarks)
    assert started_runs(line) == []


def test_the_address_may_be_a_file_a_folder_or_a_pattern(line: Line) -> None:
    serve_with_evaluation(line, labelled(60, 0, start=1000), right=60)
    folder = f"{line.step.root}/labelled"
    for number, name in enumerate(("old.jsonl", "new.jsonl", "deep/er.jsonl", "notes.txt")):
        line.step.storage.write(
            f"{folder}/{name}", labelled(5, 0, start=100 * number) + (LINE % ("same", "a")).encode()
        )
    for address, rows, files in (
        (f"{folder}/old.jsonl", 6, ["old.jsonl"]),
        (f"{folder}/*.jsonl", 11, ["new.jsonl", "old.jsonl"]),
        (folder, 16, ["deep/er.jsonl", "new.jsonl", "old.jsonl"]),
    ):
        step = watching(line, f"watch-{rows}", monitoring={"data": address})
        record = evaluate_champion(step, "")
        assert record.evaluation
        assert (record.evaluation.rows, record.data) == (rows, [f"{folder}/{file}" for file in files])


def test_old_answers_of_watches_go_and_those_of_the_release_stay(line: Line) -> None:
    step = serve_with_evaluation(line, labelled(20, 0, start=1000), right=20)
    look(watching(line, "watch-1", labelled(20, 0)))
    assert list(old_replays(step, before=0.0)) == []
    (removal,) = old_replays(step, before=time.time() + 3600)
    assert removal.name.startswith(f"{step.root}/watches/watch-1/")
    removal.remove()
    assert list(step.storage.list(f"{step.root}/watches/")) == []
    assert list(step.storage.list(f"{step.root}/answers/released/"))
    assert History(step.storage, step.ledger).last(), "the record stays"
