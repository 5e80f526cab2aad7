"""Logged prompts against champion and candidate: what is worse is named, and nothing that serves is touched."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

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
from components.shadow.settings import ShadowLimits
from components.shadow.shadow import run_shadow
from components.shadow.shadow_page import render_shadow
from components.shadow.shadow_report import ShadowReport
from components.step import open_step
from components.supervised_tuning.tuned_model import TunedModel
from components.supervised_tuning.wait import wait_for_job
from tests.components.releases.lines import LINE, SECRET, Line, champion, let_serve, live
from tests.components.stand_ins import Faults

ROWS = 120
LIMITS = ShadowLimits(rows=ROWS, max_increase=0.05, max_latency_ratio=3.0)


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


def test_judges_that_need_no_reference_are_asked(line: Line, serving: Champion, logged: str) -> None:
    sections = json.loads(line.step.config)
    rubric = {"rubric": "A good answer names the topic.", "samples": 1}
    sections["evaluation"]["judges"] = {"helpful": {**rubric, "show_reference": False}, "strict": rubric}
    step = open_step(json.dumps(sections), "run-2")
    (other,) = tuned_on(line, {"e": "It is about LABEL, I think"})
    report, _ = run_shadow(step, other, logged, ShadowLimits(rows=30))
    assert [one.name for one in report.lines if one.name.startswith("judge:")] == ["judge:helpful"]
    (judge,) = report.judges
    assert judge.questions == 2 * 30, "every pair in both orders"
    kept = list(line.step.storage.list(f"{line.step.root}/shadow/verdicts/"))
    asked = sum(line.step.storage.read(one.uri).count(b"\n") for one in kept)
    run_shadow(step, other, logged, ShadowLimits(rows=30))
    assert [one.uri for one in line.step.storage.list(f"{line.step.root}/shadow/verdicts/")] == [
        one.uri for one in kept
    ]
    assert 0 < asked <= 60


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


def test_a_slow_candidate_is_named(line: Line, serving: Champion, logged: str, faults: Faults) -> None:
    candidate = line.versions["b"]
    # Far more than a busy machine takes for an answer.
    faults.add(path=f"{endpoint_of(candidate)}:generateContent", action="delay", delay_s=1.5)
    report, _ = run_shadow(line.step, candidate, logged, ShadowLimits(rows=16, max_latency_ratio=1.5))
    assert {one.name for one in report.worse} == {"latency p50", "latency p95"}


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


def test_the_page_shows_every_line_and_runs_nothing(line: Line, serving: Champion, logged: str, faults: Faults) -> None:
    candidate = line.versions["b"]
    faults.add(path=f"{endpoint_of(candidate)}:generateContent", action="safety_block", rate=0.3)
    report, uri = run_shadow(line.step, candidate, logged, LIMITS)
    page = line.step.storage.read(uri.replace(".json", ".html")).decode()
    assert "<strong>worse</strong>" in page
    assert all(f">{one.name}<" in page for one in report.lines)
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="', page)
    assert SECRET not in page
    hostile = msgspec.structs.replace(report, source="gs://b/<script>alert(1)</script>.jsonl")
    assert "<script" not in render_shadow("<script>", hostile)


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


def test_there_must_be_another_champion_to_compare_with(line: Line, logged: str) -> None:
    with pytest.raises(RetuneError, match="SHADOW-CHAMPION"):
        run_shadow(line.step, line.versions["a"], logged, LIMITS)
    let_serve(line.step, line.versions["a"])
    with pytest.raises(RetuneError, match="SHADOW-CHAMPION"):
        run_shadow(line.step, line.versions["a"], logged, LIMITS)
