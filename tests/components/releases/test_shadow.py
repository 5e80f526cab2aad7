"""Logged prompts against champion and candidate: what is worse is named, and nothing that serves is touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from components.clock import Clock
from components.dataset_validation.snapshot import Snapshot, SplitFacts
from components.endpoint_deployment.clean import plan_cleaning
from components.endpoint_deployment.deploy import deploy_model
from components.endpoint_deployment.history import read_release
from components.endpoint_deployment.shadow_check import check_on_logged_prompts
from components.errors import RetuneError
from components.evaluation.evaluation import Evaluation, System, SystemResult
from components.evaluation.statistics.interval import Interval
from components.gcp.ledger import Champion, encode
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.run_planning.plan import Plan
from components.run_planning.settings import TuningSettings
from components.shadow.prompt_source import draw_prompts
from components.shadow.settings import ShadowLimits
from components.shadow.shadow import run_shadow
from components.shadow.shadow_report import ShadowReport
from components.supervised_tuning.tuned_model import TunedModel
from components.supervised_tuning.wait import wait_for_job
from tests.components.releases.lines import LINE, Line, champion, let_serve, live
from tests.components.stand_ins import Faults

ROWS = 120
SECRET = "Ada Lovelace, account 4711"
LIMITS = ShadowLimits(rows=ROWS, max_increase=0.05, max_latency_ratio=3.0)


@pytest.fixture
def logged(line: Line) -> str:
    """Rows of a log table: what people asked, and what was answered."""
    rows = [
        {
            "full_request": {
                "contents": [{"role": "user", "parts": [{"text": f"question {number} about {label} from {SECRET}"}]}],
                "generationConfig": {"temperature": 0.0, "maxOutputTokens": 64},
                "labels": {"team": "support"},
            },
            "full_response": {
                "candidates": [{"content": {"role": "model", "parts": [{"text": label}]}, "finishReason": "STOP"}]
            },
        }
        for number in range(80)
        for label in "ab"
    ]
    uri = f"{line.step.root}/logged.jsonl"
    line.step.storage.write(uri, b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    return uri


@pytest.fixture
def serving(line: Line) -> Champion:
    """Version a serves."""
    return let_serve(line.step, line.versions["a"]).champion


def verdicts(report: ShadowReport) -> dict[str, str]:
    return {one.name: one.verdict for one in report.lines}


def endpoint_of(tuned: TunedModel) -> str:
    return tuned.endpoint.rsplit("/", 1)[-1]


def test_an_equal_candidate_is_not_worse_and_nothing_that_serves_is_touched(
    line: Line, serving: Champion, logged: str, faults: Faults, capsys: pytest.CaptureFixture[str]
) -> None:
    before = line.step.ledger.champion(), live(line.step, serving.endpoint)
    faults.add(path=f"{serving.endpoint.rsplit('/', 1)[-1]}:generateContent", action="status", status=400)
    report, uri = run_shadow(line.step, line.versions["b"], logged, LIMITS)
    assert report.worse == [], [one.sentence for one in report.worse]
    found = verdicts(report)
    assert {found[name] for name in ("failed calls", "refusals", "empty answers", "known labels")} == {"not worse"}
    assert found["cost per 1,000 answers"] == "not worse"
    assert report.agreements[0].value
    assert report.agreements[0].value.mean == 1.0
    assert report.finish_reasons == {"champion": {"STOP": ROWS}, "candidate": {"STOP": ROWS}}
    assert not faults.fired(), "the serving endpoint was asked"
    assert (line.step.ledger.champion(), live(line.step, serving.endpoint)) == before
    record = line.step.storage.read(uri).decode()
    assert msgspec.json.decode(record, type=ShadowReport).lines == report.lines
    said = capsys.readouterr()
    assert SECRET not in record + said.out + said.err


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"action": "delay", "delay_s": 0.25}, {"latency p50", "latency p95"}),
        ({"action": "safety_block", "rate": 0.3}, {"refusals"}),
        ({"action": "empty_answer", "rate": 0.3}, {"empty answers"}),
        ({"action": "status", "status": 400, "rate": 0.3}, {"failed calls"}),
    ],
)
def test_what_is_worse_is_named(
    line: Line, serving: Champion, logged: str, faults: Faults, fault: dict[str, Any], named: set[str]
) -> None:
    candidate = line.versions["b"]
    faults.add(path=f"{endpoint_of(candidate)}:generateContent", **fault)
    report, _ = run_shadow(line.step, candidate, logged, LIMITS)
    assert {one.name for one in report.worse} == named
    assert report.verdict == "worse"
    assert all(one.sentence.endswith("worse.") for one in report.worse)


def tuned_on(line: Line, forms: dict[str, str]) -> list[TunedModel]:
    """A version per letter, whose answers have that form."""
    jobs, started = TuningJobs(line.step.cloud), {}
    for letter, form in forms.items():
        uri = f"{line.step.root}/{letter}.jsonl"
        examples = [
            {
                "contents": [
                    {"role": "user", "parts": [{"text": f"question {number} about {label}"}]},
                    {"role": "model", "parts": [{"text": form.replace("LABEL", label)}]},
                ]
            }
            for number in range(10)
            for label in "ab"
        ]
        line.step.storage.write(uri, b"".join(json.dumps(one).encode() + b"\n" for one in examples))
        request = TuningRequest(letter * 64, "gemini-2.5-flash", 1, 1.0, 4, uri, "", f"form {letter}", {})
        started[letter] = jobs.create(request)
    settings = line.step.section("tuning", TuningSettings).model_copy(update={"poll_seconds": 0.1})
    found = []
    for letter, job in started.items():
        ended = wait_for_job(jobs, job, settings, Clock(), lambda status: None)
        candidate = msgspec.structs.replace(line.versions["a"].candidate, fingerprint=letter * 64)
        found.append(TunedModel(candidate, ended.name, ended.model, ended.endpoint, False, 0, []))
    return found


def test_a_candidate_that_breaks_the_form_is_named(line: Line, logged: str) -> None:
    forms = {"d": '{"label": "LABEL", "sure": true}', "e": "It is about LABEL, I think", "f": '{"class": "LABEL"}'}
    good, bad, other = tuned_on(line, forms)
    let_serve(line.step, good)
    bare = f"{line.step.root}/bare.jsonl"
    turns = [{"contents": [{"role": "user", "parts": [{"text": f"question {n} about a"}]}]} for n in range(100)]
    line.step.storage.write(bare, b"".join(json.dumps(one).encode() + b"\n" for one in turns))
    report, _ = run_shadow(line.step, bad, bare, ShadowLimits(rows=100, max_increase=0.05, max_latency_ratio=10))
    found = verdicts(report)
    assert (found["valid JSON"], found["usual keys"]) == ("worse", "worse")
    report, _ = run_shadow(line.step, other, bare, ShadowLimits(rows=100, max_increase=0.05, max_latency_ratio=10))
    found = verdicts(report)
    assert (found["valid JSON"], found["usual keys"]) == ("not worse", "worse")


def test_a_candidate_that_does_worse_stops_the_release_before_the_rollout(
    line: Line, serving: Champion, logged: str, faults: Faults
) -> None:
    candidate = line.versions["b"]
    shadow = {"prompts": logged, "rows": ROWS, "max_increase": 0.05, "max_latency_ratio": 3.0}
    step = line.run("run-2", {"shadow": shadow})
    faults.add(path=f"{endpoint_of(candidate)}:generateContent", action="safety_block", rate=0.3)
    with pytest.raises(RetuneError, match=r"DEPLOY-SHADOW.*refusals"):
        check_on_logged_prompts(step, candidate, serving.model)
    assert champion(step) == serving
    assert live(step, serving.endpoint) == {serving.model: 100}
    assert step.ledger.read_rollout(dict) is None
    faults.clear()
    assert check_on_logged_prompts(line.run("run-2"), candidate, serving.model) == "", "not configured"
    assert check_on_logged_prompts(step, candidate, "another champion") == "", "it is going to be refused anyway"


def compared_with(champion: Champion) -> Evaluation:
    """An evaluation in which that champion was asked."""
    system = System("champion", "release 1", champion.model)
    nothing = Interval(0.0, 0.0, 0.0)
    asked = SystemResult(system, 1.0, 0, 0, None, None, None, {}, {}, nothing, None, None, {})
    return Evaluation("", 1, "text", 0.95, 7, 100, [asked], [], [])


@pytest.mark.parametrize("refuses", [True, False])
def test_the_deploy_task_replays_first_and_its_release_names_the_record(
    line: Line, serving: Champion, logged: str, faults: Faults, refuses: bool
) -> None:
    candidate = line.versions["b"]
    shadow = {"prompts": logged, "rows": ROWS, "max_increase": 0.05, "max_latency_ratio": 10.0}
    step = line.run("run-2", {"shadow": shadow, "probes": 1})
    fingerprint = candidate.candidate.fingerprint
    step.ledger.write_run("run-2", f"tuned/{fingerprint}.json", candidate)
    step.ledger.write_run("run-2", "evaluation.json", compared_with(serving))
    plan = step.ledger.write_run("run-2", "plan.json", Plan("tune", "", "key", [candidate.candidate], [], 0.0, 0.0, []))
    folder = f"{step.root}/snapshots/{'a' * 64}/"
    step.storage.write(f"{folder}test.jsonl", (LINE % ("question 1 about a", "a")).encode())
    test_file = SplitFacts(f"{folder}test.jsonl", 1, 1, "", 1)
    step.storage.write(f"{folder}manifest.json", encode(Snapshot(folder, "a" * 64, {"test": test_file}, "")))
    if refuses:
        faults.add(path=f"{endpoint_of(candidate)}:generateContent", action="safety_block", rate=0.3)
        with pytest.raises(RetuneError, match="DEPLOY-SHADOW"):
            deploy_model(step, fingerprint, folder, plan)
        assert champion(step) == serving
        assert live(step, serving.endpoint) == {serving.model: 100}
        return
    made = deploy_model(step, fingerprint, folder, plan)
    assert champion(step) == made.champion
    report = msgspec.json.decode(step.storage.read(made.shadow_uri), type=ShadowReport)
    assert (report.candidate, report.champion) == (candidate.model, serving.model)
    assert live(step, serving.endpoint)[candidate.model] == 100


def test_killed_in_the_middle_only_what_is_missing_is_asked(
    line: Line, serving: Champion, logged: str, faults: Faults, tmp_path: Path
) -> None:
    candidate = line.versions["b"]
    path = f"({endpoint_of(candidate)}|{endpoint_of(line.versions['a'])}):generateContent"
    faults.add(path=path, action="delay", delay_s=0.0, rate=0.0)  # counts
    script = Path(__file__).parents[1] / "shadow_once.py"
    command = [
        sys.executable,
        str(script),
        line.step.config,
        msgspec.json.encode(candidate).decode(),
        logged,
        str(ROWS),
    ]
    environment = {**os.environ, "PYTHONPATH": str(script.parents[2])}
    stored = f"{line.step.root}/shadow/answers/"
    faults.add(path=path, nth=150, action="delay", delay_s=60.0)
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        # One answer is missing for ever, so the process cannot end; the others are stored a second after they came.
        while _kept(line, stored) < 2 * ROWS - 1:
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
    faults.clear()
    faults.add(path=path, action="delay", delay_s=0.0, rate=0.0)
    report, _ = run_shadow(line.step, candidate, logged, LIMITS)
    assert report.rows == ROWS
    assert faults.seen() == [1]


def _kept(line: Line, prefix: str) -> int:
    return sum(line.step.storage.read(one.uri).count(b"\n") for one in line.step.storage.list(prefix))


def test_answers_to_logged_prompts_are_removed_when_they_are_old(line: Line, serving: Champion, logged: str) -> None:
    _, record = run_shadow(line.step, line.versions["b"], logged, ShadowLimits(rows=10))
    now = time.time()
    assert not [one for one in _cleaned(line, now) if one.kind == "replay"], "what is young stays"
    old = [one for one in _cleaned(line, now + 31 * 86_400) if one.kind == "replay"]
    assert len(old) == 2
    for one in old:
        one.remove()
    assert not list(line.step.storage.list(f"{line.step.root}/shadow/"))
    assert line.step.storage.exists(record), "the record has numbers only, and stays"
    assert read_release(line.step.ledger, 1)


def _cleaned(line: Line, now: float) -> Any:
    return plan_cleaning(line.step, older_than_days=30, keep_releases=2, now=now)


def test_a_sample_is_seeded_and_keeps_most_of_itself_when_the_file_grows(line: Line, logged: str) -> None:
    storage, project = line.step.storage, line.step.cloud.project
    limits = ShadowLimits(rows=20)
    first = draw_prompts(logged, storage, project, 7, limits)
    assert first == draw_prompts(logged, storage, project, 7, limits)
    assert first != draw_prompts(logged, storage, project, 8, limits)
    storage.write(logged, storage.read(logged) + storage.read(logged)[:2000])
    grown = draw_prompts(logged, storage, project, 7, limits)
    assert len({one.example_id for one in grown.prompts} & {one.example_id for one in first.prompts}) >= 18


def test_what_cannot_be_replayed_is_counted_and_a_missing_source_is_said(line: Line, serving: Champion) -> None:
    uri = f"{line.step.root}/odd.jsonl"
    odd = [b"{", b"[]", b'{"contents": []}', b'{"contents": [{"role": "user", "parts": "x"}]}', b'{"full_request": 5}']
    good = b'{"request": {"contents": [{"role": "user", "parts": [{"text": "question 1 about a"}]}]}}'
    line.step.storage.write(uri, b"\n".join([*odd, good]))
    sample = draw_prompts(uri, line.step.storage, line.step.cloud.project, 7, ShadowLimits(rows=10))
    assert (len(sample.prompts), sample.unreadable) == (1, 5)
    line.step.storage.write(uri, b"\n".join(odd))
    with pytest.raises(RetuneError, match="SHADOW-PROMPTS"):
        run_shadow(line.step, line.versions["b"], uri, LIMITS)
    for missing in (f"{uri}x", "nowhere.jsonl", "bq://odd"):
        with pytest.raises(RetuneError, match="SHADOW-SOURCE"):
            run_shadow(line.step, line.versions["b"], missing, LIMITS)


def test_there_must_be_another_champion_to_compare_with(line: Line, logged: str) -> None:
    with pytest.raises(RetuneError, match="SHADOW-CHAMPION"):
        run_shadow(line.step, line.versions["a"], logged, LIMITS)
    let_serve(line.step, line.versions["a"])
    with pytest.raises(RetuneError, match="SHADOW-CHAMPION"):
        run_shadow(line.step, line.versions["a"], logged, LIMITS)


def test_a_request_is_sent_as_it_was_but_for_thinking_and_labels(line: Line) -> None:
    uri = f"{line.step.root}/whole.jsonl"
    sent = {
        "contents": [{"role": "user", "parts": [{"text": "question 1 about a"}]}],
        "systemInstruction": {"parts": [{"text": "Be"}, {"text": "brief"}]},
        "generationConfig": {
            "temperature": 0.3,
            "maxOutputTokens": 9,
            "responseMimeType": "application/json",
            "thinkingConfig": {"thinkingBudget": 900},
        },
        "labels": {"user": "ada"},
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
    }
    line.step.storage.write(uri, json.dumps({"full_request": json.dumps(sent), "full_response": None}).encode())
    (prompt,) = draw_prompts(uri, line.step.storage, line.step.cloud.project, 7, ShadowLimits()).prompts
    assert prompt.request == {
        "contents": sent["contents"],
        "systemInstruction": "Be\nbrief",
        "generationConfig": {
            "temperature": 0.3, "maxOutputTokens": 9, "responseMimeType": "application/json", "seed": 7
        },
        "safetySettings": sent["safetySettings"],
    }  # fmt: skip
    assert prompt.reference == ""


def test_the_table_of_logs_is_read_page_by_page_and_draws_the_same_rows(line: Line, serving: Champion) -> None:
    directory = Path(httpx.get(f"{os.environ['BIGQUERY_EMULATOR_HOST']}/healthz").json()["state_directory"])
    table = f"{line.step.cloud.project}.logs.{line.step.name}"
    now = time.time()
    rows = [
        {
            "logging_time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - number * 3600)),
            "request_id": number,
            "full_request": {"contents": [{"role": "user", "parts": [{"text": f"question {number} about a"}]}]},
            "full_response": {"candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"}]},
        }
        for number in range(1200)
    ]
    (directory / "bigquery").mkdir(exist_ok=True)
    file = directory / "bigquery" / f"{table}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    storage, project = line.step.storage, line.step.cloud.project
    limits = ShadowLimits(rows=700, days=30)
    sample = draw_prompts(f"bq://{table}", storage, project, 7, limits)
    assert len(sample.prompts) == 700, "more than one page"
    assert {one.reference for one in sample.prompts} == {"a"}
    assert sample == draw_prompts(f"bq://{table}", storage, project, 7, limits)
    asked = {
        one.prompt_text() for one in draw_prompts(f"bq://{table}", storage, project, 7, ShadowLimits(rows=5000)).prompts
    }
    assert asked == {f"question {number} about a" for number in range(30 * 24)}, "the older ones are left out"
    with pytest.raises(RetuneError, match=r"SERVICE-REFUSED.*Not found: Table"):
        draw_prompts(f"bq://{table}x", storage, project, 7, limits)
    report, _ = run_shadow(line.step, line.versions["b"], f"bq://{table}", ShadowLimits(rows=40))
    assert report.rows == 40
