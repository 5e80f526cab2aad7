"""The tuning task from plan to record: curves, checkpoint, artifacts, budget, and candidates beside each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import msgspec
import pytest

from components.endpoint_deployment.release_record import Release
from components.errors import RetuneError
from components.gcp import clients
from components.gcp.ledger import Champion
from components.gcp.model_registry import ModelRegistry
from components.gcp.tuning_jobs import TuningJobs
from components.gcp.tuning_metrics import Curves
from components.line_labels import use_label
from components.run_planning.plan import Plan
from components.run_planning.plan_run import read_plan
from components.step import Step
from components.supervised_tuning.artifacts import fill_artifacts
from components.supervised_tuning.failed_candidate import keep_result, tune_beside_others, tuned_models, without_failed
from components.supervised_tuning.paid_cost import paid_costs
from components.supervised_tuning.progress import TuningProgress
from components.supervised_tuning.spare_endpoints import remove_spare_endpoints
from components.supervised_tuning.tune import tune_candidate
from components.supervised_tuning.tuned_model import TunedModel
from local_vertex.server import RunningServer
from tests.components.new_step import new_step
from tests.components.stand_ins import FakeTime, Faults
from tests.components.tuning_line import JOBS, LINE, cancel_all, request_for, write_plan

EPOCHS = 4
OTHER = (("a", "b"), ("b", "a"))


def real_time() -> FakeTime:
    return FakeTime(really_s=0.05)


@pytest.fixture(scope="module")
def tuned(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Step, Plan, TunedModel]]:
    """A candidate whose validation answers contradict the training data, so that every epoch makes it worse."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in server.environment().items():
            environment.setenv(name, value)
        clients.credentials.cache_clear()
        step = new_step("tuned-to-the-end")
        wanted = request_for(step)
        swapped = "".join(LINE % (f"question {one} about {label}", other) for one in range(5) for label, other in OTHER)
        step.storage.write(wanted.train_uri.replace("train", "validation"), swapped.encode())
        plan, snapshot = write_plan(step, wanted.train_uri, wanted.fingerprint, epochs=EPOCHS)
        resources = tmp_path_factory.mktemp("tuned") / "gcp_resources"
        record = tune_candidate(step, wanted.fingerprint, plan, snapshot, str(resources), real_time().clock())
        assert json.loads(resources.read_text())["resources"][0]["resourceUri"].endswith(record.tuning_job)
        keep_result(step, wanted.fingerprint, record)
        yield step, read_plan(step, plan), record
    clients.credentials.cache_clear()


def test_the_best_checkpoint_is_the_default_and_the_choice_is_recorded(
    tuned: tuple[Step, Plan, TunedModel], vertex_env: RunningServer
) -> None:
    step, _, record = tuned
    assert record.checkpoint
    assert (record.checkpoint.checkpoint_id, record.checkpoint.epoch) == ("1", 1)
    assert "lowest validation loss" in record.checkpoint.reason
    assert len(record.checkpoint.eval_losses) == EPOCHS
    job = TuningJobs(step.cloud).get(record.tuning_job)
    assert job.endpoint == record.endpoint == job.checkpoints[0].endpoint


def test_overfitting_is_found(tuned: tuple[Step, Plan, TunedModel]) -> None:
    assert any(warning.startswith("overfitting") for warning in tuned[2].warnings)


def test_the_curves_are_read_from_the_experiment(
    tuned: tuple[Step, Plan, TunedModel], vertex_env: RunningServer
) -> None:
    step, _, record = tuned
    curves = msgspec.json.decode(step.storage.read(record.curves_uri), type=Curves)
    assert curves.experiment.endswith(f"tuning-experiment-{record.tuning_job.rpartition('/')[2]}")
    assert {"/train_total_loss", "/eval_total_loss"} < set(curves.series)
    assert [one.epoch for one in record.epochs] == list(range(1, EPOCHS + 1))
    assert record.epochs[-1].eval_loss == curves.series["/eval_total_loss"][-1][1]


def test_the_service_tuned_on_what_was_validated(tuned: tuple[Step, Plan, TunedModel]) -> None:
    data = tuned[2].data
    assert data
    assert (data.examples, data.validated_examples, data.dropped) == (20, 20, 0)


def test_progress_is_kept_for_who_follows_the_run(
    tuned: tuple[Step, Plan, TunedModel], vertex_env: RunningServer
) -> None:
    step, _, record = tuned
    kept = step.ledger.read_run(step.run_id, f"progress/{record.candidate.fingerprint}.json", TuningProgress)
    assert kept
    assert (kept.state, kept.completed_epochs, kept.epochs) == ("succeeded", EPOCHS, EPOCHS)


def test_every_artifact_has_fingerprint_and_snapshot(tuned: tuple[Step, Plan, TunedModel]) -> None:
    record = tuned[2]
    names = ("tuned", "model", "metrics", "curves")
    made = {name: SimpleNamespace(uri="", metadata={}) for name in names}
    fill_artifacts(record, record.candidate.fingerprint, **made)
    for name in names:
        assert made[name].metadata["fingerprint"] == record.candidate.fingerprint
        assert made[name].metadata["snapshot"] == "5" * 64
    assert made["model"].metadata["resourceName"] == record.model
    assert made["curves"].uri == record.curves_uri
    assert made["metrics"].metadata["eval_loss"] == record.epochs[-1].eval_loss


def test_a_champion_is_left_as_it_is(
    tuned: tuple[Step, Plan, TunedModel], vertex_env: RunningServer, tmp_path: Path
) -> None:
    """A run that reuses the champion's job does not change what it answers from."""
    step, plan, record = tuned
    other = Step(step.name, "run-2", step.config, step.cloud, step.storage, step.ledger)
    fingerprint = record.candidate.fingerprint
    step.ledger.replace_champion(Champion(1, record.model, record.endpoint, "m", fingerprint, "k", "run-1"), 0)
    wanted = request_for(step)
    plan_uri, snapshot = write_plan(other, wanted.train_uri, fingerprint, existing_job=record.tuning_job, epochs=EPOCHS)
    again = tune_candidate(other, fingerprint, plan_uri, snapshot, str(tmp_path / "resources"), real_time().clock())
    assert again.adopted
    assert again.endpoint == record.endpoint
    assert again.checkpoint
    assert "champion" in again.checkpoint.reason
    assert plan.candidates[0].fingerprint == fingerprint


def released(champion: Champion) -> Release:
    return Release(champion.release, champion, None, [], "", "", "2026-11-26T00:00:00+00:00")


def test_spare_endpoints_go_and_the_champions_stays(
    tuned: tuple[Step, Plan, TunedModel], vertex_env: RunningServer
) -> None:
    step, plan, record = tuned
    restorable = record.spare_endpoints[0]
    served = Champion(1, "m@1", restorable, "gemini-2.5-flash", "f", "p", "r", tuning_endpoint=restorable)
    newer = [msgspec.structs.replace(served, release=number, endpoint="e", tuning_endpoint="t") for number in (2, 3)]
    uris = [step.ledger.write_release(one.release, released(one)) for one in (served, *newer)]
    registry = ModelRegistry(step.cloud)
    registry.set_labels(record.model, {use_label("gs://other/line/ledger"): "line"})
    assert remove_spare_endpoints(step, plan) == [], "another environment may have chosen another checkpoint"
    registry.set_labels(record.model, {}, without={use_label("gs://other/line/ledger")})
    assert remove_spare_endpoints(step, plan) == record.spare_endpoints[1:], "a rollback may go back to release 1"
    for uri in uris:
        step.storage.delete(uri)
    assert sorted(remove_spare_endpoints(step, plan)) == sorted(record.spare_endpoints)
    assert len(record.spare_endpoints) == EPOCHS - 1
    headers = {"authorization": "Bearer local"}
    gone = [httpx.get(f"{vertex_env.base_url}/v1/{one}", headers=headers).status_code for one in record.spare_endpoints]
    assert set(gone) == {404}
    assert httpx.get(f"{vertex_env.base_url}/v1/{record.endpoint}", headers=headers).status_code == 200
    assert remove_spare_endpoints(step, plan) == record.spare_endpoints  # a task that is started again


@pytest.fixture
def lost_job(step: Step, faults: Faults) -> Iterator[tuple[str, str, str]]:
    """A plan that counts on a job which has failed since: fingerprint, plan, snapshot."""
    wanted = request_for(step)
    faults.add(method="POST", path=f"{JOBS}$", nth=1, action="fail_job")
    earlier = TuningJobs(step.cloud).create(wanted)
    faults.clear()
    plan, snapshot = write_plan(step, wanted.train_uri, wanted.fingerprint, existing_job=earlier.name)
    yield wanted.fingerprint, plan, snapshot
    cancel_all(step, faults.url)


def with_config(step: Step, **changes: object) -> Step:
    config = json.loads(step.config)
    config["tuning"] |= changes
    return Step(step.name, step.run_id, json.dumps(config), step.cloud, step.storage, step.ledger)


def test_the_budget_is_checked_again_when_an_adopted_job_is_lost(
    step: Step, lost_job: tuple[str, str, str], tmp_path: Path
) -> None:
    """A million tokens at five dollars, which the plan did not count."""
    fingerprint, plan, snapshot = lost_job
    wait_until_failed(step, fingerprint)
    poor = with_config(step, budget_usd=4)
    with pytest.raises(RetuneError, match=r"BUDGET-EXCEEDED.*\$5\.00"):
        tune_candidate(poor, fingerprint, plan, snapshot, str(tmp_path / "resources"), real_time().clock())
    assert len(TuningJobs(step.cloud).find(fingerprint)) == 1


def test_a_lost_job_within_the_budget_is_paid_for_again(
    step: Step, lost_job: tuple[str, str, str], faults: Faults, tmp_path: Path
) -> None:
    fingerprint, plan, snapshot = lost_job
    wait_until_failed(step, fingerprint)
    faults.add(method="POST", path=f"{JOBS}$", nth=1, action="fail_job", message="again")
    with pytest.raises(RetuneError, match=r"TUNE-FAILED.*again"):
        tune_candidate(step, fingerprint, plan, snapshot, str(tmp_path / "resources"), real_time().clock())
    assert len(TuningJobs(step.cloud).find(fingerprint)) == 2
    assert paid_costs(step.ledger, step.run_id)[fingerprint].usd == 5.0  # a job that fails was started all the same


def test_a_price_that_nobody_knows_stops_the_second_payment(
    step: Step, lost_job: tuple[str, str, str], tmp_path: Path
) -> None:
    fingerprint, plan, snapshot = lost_job
    wait_until_failed(step, fingerprint)
    config = json.loads(step.config)
    config["base_models"]["gemini-2.5-flash"]["prices"]["training"] = None
    unpriced = Step(step.name, step.run_id, json.dumps(config), step.cloud, step.storage, step.ledger)
    with pytest.raises(RetuneError, match="BUDGET-PRICE-UNKNOWN"):
        tune_candidate(unpriced, fingerprint, plan, snapshot, str(tmp_path / "resources"), real_time().clock())


def wait_until_failed(step: Step, fingerprint: str) -> None:
    time = real_time()
    while TuningJobs(step.cloud).find(fingerprint)[0].state != "JOB_STATE_FAILED":
        time.sleep(1)


def two_candidates(step: Step) -> str:
    """Address of a plan with two candidates, of which only the first can be tuned."""
    plan = read_plan(step, write_plan(step, "gs://b/train.jsonl", "a" * 64)[0])
    other = msgspec.structs.replace(plan.candidates[0], fingerprint="b" * 64)
    both = msgspec.structs.replace(plan, candidates=[*plan.candidates, other])
    return step.ledger.write_run(step.run_id, "plan.json", both)


def fail() -> TunedModel:
    raise RetuneError("TUNE-FAILED", "the job ended", "correct it", "jobs/1")


def test_a_failed_candidate_leaves_a_record_and_the_others_go_on(
    step: Step, tuned: tuple[Step, Plan, TunedModel], tmp_path: Path
) -> None:
    plan, resources = two_candidates(step), tmp_path / "out" / "gcp_resources"
    out = str(resources)
    model = msgspec.structs.replace(tuned[2], candidate=read_plan(step, plan).candidates[0])
    good = keep_result(step, "a" * 64, tune_beside_others(step, "tune-a", "a" * 64, plan, out, lambda: model))
    bad = keep_result(step, "b" * 64, tune_beside_others(step, "tune-b", "b" * 64, plan, out, fail))
    assert without_failed(step, [good, bad]) == [good]
    assert [one.candidate.fingerprint for one in tuned_models(step, read_plan(step, plan))] == ["a" * 64]
    assert step.ledger.errors(step.run_id)["tune-b"].code == "TUNE-FAILED"
    assert json.loads(resources.read_text()) == {"resources": []}


def test_when_every_candidate_failed_the_run_says_why(step: Step, tmp_path: Path) -> None:
    plan = two_candidates(step)
    uris = [
        keep_result(step, one * 64, tune_beside_others(step, f"tune-{one}", one * 64, plan, str(tmp_path / one), fail))
        for one in "ab"
    ]
    with pytest.raises(RetuneError, match="TUNE-NONE: none of the 2 candidates was tuned; the first: TUNE-FAILED"):
        without_failed(step, uris)


def test_the_only_candidate_fails_its_task(step: Step, tmp_path: Path) -> None:
    plan, _ = write_plan(step, "gs://b/train.jsonl", "a" * 64)
    with pytest.raises(RetuneError, match="TUNE-FAILED"):
        tune_beside_others(step, "tune-a", "a" * 64, plan, str(tmp_path / "r"), fail)


def test_a_cancelled_candidate_fails_its_task_beside_others(step: Step, tmp_path: Path) -> None:
    def cancelled() -> TunedModel:
        raise RetuneError("TUNE-CANCELLED", "the run was cancelled", "start it again")

    with pytest.raises(RetuneError, match="TUNE-CANCELLED"):
        tune_beside_others(step, "tune-a", "a" * 64, two_candidates(step), str(tmp_path / "r"), cancelled)


@pytest.mark.parametrize(("too_long", "code"), [(1, "TUNE-DROPPED"), (3, "TUNE-FAILED")])
def test_examples_that_the_service_leaves_out_are_an_error(
    step: Step, faults: Faults, tmp_path: Path, too_long: int, code: str
) -> None:
    """One of twenty is more than the configured share; three are more than the service itself takes."""
    wanted = request_for(step)
    lines = step.storage.read(wanted.train_uri).decode().splitlines(keepends=True)
    lines[:too_long] = [LINE % ("word " * 140_000, "a")] * too_long
    step.storage.write(wanted.train_uri, "".join(lines).encode())
    plan, snapshot = write_plan(step, wanted.train_uri, wanted.fingerprint)
    with pytest.raises(RetuneError, match=code) as caught:
        tune_candidate(step, wanted.fingerprint, plan, snapshot, str(tmp_path / "r"), real_time().clock())
    assert "line 1: The example has" in caught.value.message
    lenient = with_config(step, max_dropped_share=0.1)
    if code == "TUNE-DROPPED":
        again = tune_candidate(lenient, wanted.fingerprint, plan, snapshot, str(tmp_path / "r"), real_time().clock())
        assert again.data
        assert (again.data.dropped, again.data.dropped_lines) == (1, [1])
    assert len(TuningJobs(step.cloud).find(wanted.fingerprint)) == 1
