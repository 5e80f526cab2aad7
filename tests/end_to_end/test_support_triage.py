"""The whole loop on the bundled example, with the command line as a person uses it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from components.gcp.model_registry import ModelRegistry
from components.gcp.resource_names import location_of
from components.gcp.storage import Storage
from tests.end_to_end.model_line import Connect, Finished, ModelLine, official_client, tuning_jobs


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


def test_the_registry_knows_the_champion(first: Finished, triage: ModelLine, connect: Connect) -> None:
    aliases = ModelRegistry(connect(triage).cloud).aliases(first.result["serving_model"])
    assert "champion" in aliases


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
    assert "<script src" not in page
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r'(?:src|href)="(?!data:|#)', markup)
    assert first.result["run_id"] in page


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
