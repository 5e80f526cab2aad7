"""What a run is said to have paid for tuning is what it paid, whatever its plan counted on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from components.dataset_validation.snapshot import Snapshot, SplitFacts
from components.evaluation.decide_run import decide_run
from components.evaluation.evaluate_run import evaluate_run
from components.gcp.ledger import encode
from components.gcp.tuning_jobs import TuningJobs
from components.notification.summary import summarise
from components.run_planning.plan import Plan
from components.run_planning.plan_run import read_plan
from components.step import Step
from components.supervised_tuning.failed_candidate import keep_result
from components.supervised_tuning.tune import tune_candidate
from components.supervised_tuning.tuned_model import TunedModel
from tests.components.stand_ins import FakeTime, Faults
from tests.components.tuning_line import JOBS, LINE, ended, request_for, write_plan

USD = 5.0
"""A million tokens of `write_plan` at the catalogue's price of gemini-2.5-flash."""
ROWS = 12


@pytest.fixture
def run(step: Step) -> Step:
    """The step with what evaluation and gate need."""
    config = json.loads(step.config) | {"evaluation": {"resamples": 200}, "gate": {}}
    return replace(step, config=json.dumps(config))


def tune(run: Step, plan: str, snapshot: str, fingerprint: str, folder: Path) -> TunedModel:
    clock = FakeTime(really_s=0.05).clock()
    record = tune_candidate(run, fingerprint, plan, snapshot, str(folder / "resources"), clock)
    keep_result(run, fingerprint, record)
    run.ledger.write_run(run.run_id, "plan.json", read_plan(run, plan))
    return record


def with_test_set(run: Step, snapshot_uri: str) -> None:
    """Give the snapshot a test set and the validator's facts, which the report shows."""
    snapshot = msgspec.json.decode(run.storage.read(f"{snapshot_uri}manifest.json"), type=Snapshot)
    test, facts = f"{snapshot_uri}test.jsonl", f"{snapshot_uri}facts.json"
    lines = (LINE % (f"question {one} about {'ab'[one % 2]}", "ab"[one % 2]) for one in range(ROWS))
    run.storage.write(test, "".join(lines).encode())
    run.storage.write(facts, b'{"findings": {}, "splits": {}}')
    splits = snapshot.splits | {"test": SplitFacts(test, ROWS, 1, "a" * 64, 100)}
    whole = msgspec.structs.replace(snapshot, splits=splits, facts_uri=facts)
    run.storage.write(f"{snapshot_uri}manifest.json", encode(whole))


def report_of(run: Step, plan: str, snapshot: str, tuned: TunedModel) -> str:
    with_test_set(run, snapshot)
    record = run.ledger.run_uri(run.run_id, f"tuned/{tuned.candidate.fingerprint}.json")
    evaluation = run.ledger.write_run(run.run_id, "evaluation.json", evaluate_run(run, snapshot, [record]))
    decide_run(run, snapshot, plan, evaluation)
    return run.storage.read(run.ledger.run_uri(run.run_id, "report.html")).decode()


def test_a_lost_job_that_was_paid_for_again_is_on_the_bill(run: Step, faults: Faults, tmp_path: Path) -> None:
    """The plan says $0.00, because a job was there; that job is lost, and the run starts another one."""
    wanted = request_for(run)
    faults.add(method="POST", path=f"{JOBS}$", nth=1, action="fail_job")
    lost = ended(run, TuningJobs(run.cloud).create(wanted))
    faults.clear()
    plan, snapshot = write_plan(run, wanted.train_uri, wanted.fingerprint, existing_job=lost.name)
    assert read_plan(run, plan).tuning_usd == 0.0
    tuned = tune(run, plan, snapshot, wanted.fingerprint, tmp_path)
    assert (tuned.adopted, tuned.tuning_job != lost.name) == (False, True)
    assert summarise(run.ledger, run.run_id, "SUCCEEDED").tuning_usd == USD
    page = report_of(run, plan, snapshot, tuned)
    label = f"Tuning {tuned.candidate.label}"
    assert f'{label}</th><td>$5.00</td><td class="text wrap">1,000,000 tokens, estimated</td>' in page
    assert "reused, paid for by an earlier run" not in page


def test_a_job_that_another_run_started_meanwhile_costs_nothing(run: Step, tmp_path: Path) -> None:
    """The plan says $5.00; two runs were triggered at the same second, and the other one was first."""
    wanted = request_for(run)
    plan, snapshot = write_plan(run, wanted.train_uri, wanted.fingerprint)
    tune(run, plan, snapshot, wanted.fingerprint, tmp_path)
    second = replace(run, run_id="run-2")
    assert tune(second, plan, snapshot, wanted.fingerprint, tmp_path).adopted
    usd = {one.run_id: summarise(one.ledger, one.run_id, "SUCCEEDED").tuning_usd for one in (run, second)}
    assert usd == {"run-1": USD, "run-2": 0.0}


def test_a_run_that_started_no_job_paid_nothing(run: Step) -> None:
    plan = Plan("tune", "because", "key", [], [], USD, 0.0, [])
    assert summarise(run.ledger, run.run_id, "FAILED").tuning_usd is None
    run.ledger.write_run(run.run_id, "plan.json", plan)
    assert summarise(run.ledger, run.run_id, "FAILED").tuning_usd == 0.0
