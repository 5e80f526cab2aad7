"""The whole loop on the bundled example, with the command line as a person uses it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.cloud.aiplatform_v1 import ModelServiceClient, PipelineServiceClient

from components.gcp.clients import gapic_client
from components.gcp.ledger import Ledger
from components.gcp.model_registry import ModelRegistry
from components.gcp.resource_names import location_of
from components.gcp.storage import Storage
from tests.end_to_end.model_line import Connect, Finished, ModelLine, official_client, tuning_jobs

PROD = {"project": "prod-project", "location": "europe-west4", "bucket": "support-triage-prod"}


@pytest.fixture(scope="module")
def first(triage: ModelLine) -> Finished:
    return triage.run()


def metric(result: dict[str, Any], role: str, name: str = "exact_match") -> float:
    return max(
        float(one["metrics"][name]["mean"]) for one in result["evaluation"]["systems"] if one["system"]["role"] == role
    )


def test_the_tuned_model_is_promoted(first: Finished) -> None:
    assert first.status == 0, first.errors
    assert first.result["verdict"] == "promote"
    assert metric(first.result, "candidate") > metric(first.result, "base") + 0.2


def test_the_official_client_gets_a_tuned_answer(first: Finished, triage: ModelLine, connect: Connect) -> None:
    config, endpoint = connect(triage), first.result["serving_endpoint"]
    example = json.loads((triage.folder / "test.jsonl").read_text(encoding="utf-8").splitlines()[0])
    client = official_client(config, location_of(endpoint, default=""))
    answer = client.models.generate_content(model=endpoint, contents=example["contents"][0]["parts"][0]["text"])
    assert set(json.loads(answer.text or "")) == {"category", "priority", "action"}


def test_the_registered_version_leads_back_to_its_evidence(
    first: Finished, triage: ModelLine, connect: Connect
) -> None:
    config, run = connect(triage), first.result["run_id"]
    model = ModelRegistry(config.cloud).find(first.result["serving_model"])
    assert model
    assert "champion" in model.aliases
    assert "candidate" not in model.aliases
    wanted = {"retune-name": config.name, "retune-run": run[:63], "retune-verdict": "promote"}
    assert {key: model.labels[key] for key in wanted} == wanted
    clients = gapic_client(ModelServiceClient, config.cloud.location)
    (evaluation,) = clients.list_model_evaluations(parent=first.result["serving_model"])
    assert evaluation.metrics["exact_match"] > 0.5
    assert evaluation.metrics["exact_match low"] < evaluation.metrics["exact_match"]
    card = (
        Storage(config.cloud.project)
        .read(f"gs://{config.cloud.bucket}/{config.name}/ledger/runs/{run}/model_card.md")
        .decode()
    )
    headings = (
        "## Data",
        "### Findings of validation",
        "learning",
        "## Training",
        "(chosen)",
        "## Cost",
        "## Evaluation on",
        "## Gate: promote",
        "## Limits",
    )
    for part in (*headings, model.labels["retune-snapshot"]):
        assert part in card


def test_the_artifacts_lead_from_the_snapshot_to_the_endpoint(
    first: Finished, triage: ModelLine, connect: Connect
) -> None:
    config, result = connect(triage), first.result
    parent = f"projects/{config.cloud.project}/locations/{config.cloud.location}"
    jobs = gapic_client(PipelineServiceClient, config.cloud.location)
    job = jobs.get_pipeline_job(name=f"{parent}/pipelineJobs/{result['run_id']}")
    made = {
        (task.task_name, name): artifacts.artifacts[0]
        for task in job.job_detail.task_details
        for name, artifacts in task.outputs.items()
    }
    snapshot = made["validate-dataset", "snapshot"].uri
    model, endpoint = made["register", "model"].metadata, made["deploy", "endpoint"].metadata
    assert model["snapshot"] == endpoint["snapshot"] == snapshot
    assert model["resourceName"] == endpoint["model"] == result["serving_model"]
    assert model["tuningJob"] == endpoint["tuningJob"]
    assert endpoint["resourceName"] == result["serving_endpoint"]


def test_what_was_validated_is_what_was_tuned(first: Finished, triage: ModelLine, connect: Connect) -> None:
    config = connect(triage)
    for job in tuning_jobs(config):
        spec = job.supervised_tuning_spec
        assert spec
        found = re.search(r"/snapshots/([0-9a-f]{64})/train\.jsonl$", spec.training_dataset_uri or "")
        assert found
        stored = Storage(config.cloud.project).read(str(spec.training_dataset_uri))
        assert stored == (triage.folder / "train.jsonl").read_bytes()


def test_the_test_set_never_reaches_the_tuning_job(first: Finished, triage: ModelLine, connect: Connect) -> None:
    assert all("test.jsonl" not in job.model_dump_json() for job in tuning_jobs(connect(triage)))


def test_the_report_is_one_page_that_needs_nothing_else(first: Finished, triage: ModelLine) -> None:
    page = (triage.folder / first.result["report"]).read_text(encoding="utf-8")
    without_library = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert len(without_library) < len(page) / 2
    assert not re.findall(r'<link|<iframe|(?:src|href)="(?!data:|#)', without_library)
    assert first.result["run_id"] in page


def test_the_pipelines_page_gets_summary_and_confusion_matrix(first: Finished, triage: ModelLine) -> None:
    outputs = next(triage.state.glob(f"pipelineJobs/*/{first.result['run_id']}/**/decide/executor_output.json"))
    artifacts = json.loads(outputs.read_text(encoding="utf-8"))["artifacts"]
    matrix = artifacts["classes"]["artifacts"][0]["metadata"]["confusionMatrix"]
    assert sum(count for row in matrix["rows"] for count in row["row"]) == first.result["evaluation"]["rows"]
    assert artifacts["summary"]["artifacts"][0]["uri"].endswith(f"{first.result['run_id']}/report.md")


def test_the_report_of_any_run_is_written_again_and_two_runs_are_compared(first: Finished, triage: ModelLine) -> None:
    """The second run is skipped: its report is that of the run which answered the question."""
    page = (triage.folder / first.result["report"]).read_bytes()
    where = ("--config", "retune.yaml", "--local")
    skipped = triage.run()
    for run in (first.result["run_id"], skipped.result["run_id"]):
        assert triage.retune("report", run, *where, "--output", "again.html").status == 0
        assert (triage.folder / "again.html").read_bytes() == page
    assert (
        json.loads(triage.retune("report", skipped.result["run_id"], *where, "--json").output)["run_id"]
        == (first.result["run_id"])
    )
    compared = triage.retune("compare", first.result["run_id"] + "#base", first.result["run_id"], *where, "--json")
    difference = next(
        one["difference"] for one in json.loads(compared.output)["comparisons"] if one["metric"] == "exact_match"
    )
    own = [one for one in first.result["evaluation"]["comparisons"] if one["metric"] == "exact_match"]
    assert difference in [one["difference"] for one in own]


def test_the_second_run_starts_no_job_and_says_why(first: Finished, triage: ModelLine, connect: Connect) -> None:
    before = [job.name for job in tuning_jobs(connect(triage))]
    second = triage.run()
    assert second.status == 0, second.errors
    assert second.result["verdict"] == "skipped"
    assert first.result["run_id"] in second.result["reasons"][0]
    assert [job.name for job in tuning_jobs(connect(triage))] == before
    assert second.result["tuning_usd"] == 0


def test_forced_the_same_question_is_answered_again_but_not_paid_again(
    first: Finished, triage: ModelLine, connect: Connect
) -> None:
    before = len(tuning_jobs(connect(triage)))
    forced = triage.run("--force")
    assert forced.status == 4
    # One candidate is the champion itself; the other may be undecided, which then comes first.
    assert any("already serving" in reason for reason in forced.result["reasons"])
    assert len(tuning_jobs(connect(triage))) == before
    assert forced.result["serving_model"] == first.result["serving_model"]


def test_shuffled_answers_are_not_promoted(
    first: Finished, triage: ModelLine, connect: Connect, tmp_path: Path
) -> None:
    original = (triage.folder / "train.jsonl").read_bytes()
    try:
        triage.shuffle_training_answers()
        shuffled = triage.run()
    finally:
        (triage.folder / "train.jsonl").write_bytes(original)
    assert shuffled.status == 4, shuffled.errors
    assert shuffled.result["verdict"] in ("hold", "inconclusive")
    assert shuffled.result["serving_model"] == first.result["serving_model"]


def test_a_person_sees_verdict_metrics_endpoint_and_report(first: Finished, triage: ModelLine) -> None:
    shown = triage.retune("run", "--local", "--config", "retune.yaml")
    assert shown.status == 0
    for wanted in ("skipped", "serving", "endpoints/", "from google import genai", "report"):
        assert wanted in shown.output


def test_a_promotion_copies_evaluates_and_releases_in_the_other_environment(
    first: Finished, triage: ModelLine, connect: Connect
) -> None:
    config = connect(triage)
    serving = triage.retune("status", "--local", "--config", "retune.yaml", "--json").result["champion"]
    both = {**triage.config, "environments": {"prod": {"cloud": PROD}}}
    (triage.folder / "two.yaml").write_text(yaml.safe_dump(both), encoding="utf-8")
    words = ("promote", "--local", "--config", "two.yaml", "--to", "prod", "--json")
    plan = triage.retune(*words, "--dry-run").result
    done = triage.retune(*words, "--approve", plan["digest"][:12], "--why", "proven", "--by", "ann")
    assert done.status == 0, done.errors
    assert done.result["verdict"] == "promote"
    ledger = Ledger(Storage(PROD["project"]), f"gs://{PROD['bucket']}/{config.name}/ledger")
    found = ledger.champion()
    assert found
    assert "/europe-west4/models/" in found[0].model
    release = ledger.read_release(1)
    assert release
    assert (release["by"], release["why"]) == ("ann", "proven")
    assert release["origin"]["model"] == first.result["serving_model"]
    evaluation = json.loads(Storage(PROD["project"]).read(release["evaluation_uri"]))
    assert evaluation["rows"] == len((triage.folder / "test.jsonl").read_bytes().splitlines())
    status = triage.retune("status", "--local", "--config", "retune.yaml", "--json").result
    assert status["champion"] == serving, "what serves here is as it was"
