"""Every option of the tuning service, from the configuration to the job as the service keeps it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from components.dataset_validation.snapshot import Snapshot, SplitFacts
from components.errors import RetuneError
from components.gcp.tuning_jobs import TuningJobs
from components.gcp.tuning_status import JobStatus
from components.run_planning.candidates import make_candidates
from components.run_planning.settings import TuningSettings
from components.run_planning.tuning_request import tuning_request
from components.step import Step, open_step
from components.supervised_tuning.wait import wait_for_job
from local_vertex.server import RunningServer
from pipelines.catalogue import catalogue
from tests.components.stand_ins import FakeTime, Faults
from tests.components.tuning_line import held, ignore

LINE = '{"contents":[{"role":"user","parts":[{"text":"%s"}]},{"role":"model","parts":[{"text":"%s"}]}]}\n'
LLAMA = "meta/llama3_1@llama-3.1-8b-instruct"
KEY = "projects/{project}/locations/us-central1/keyRings/r/cryptoKeys/k"

Tune = Callable[..., tuple[JobStatus, dict[str, Any]]]


@pytest.fixture
def tune(step: Step, server: RunningServer) -> Tune:
    """Starts the job of a candidate and gives its status and the job as it is kept."""
    lines = "".join(LINE % (f"question {number} about {label}", label) for number in range(10) for label in ("a", "b"))
    splits = {}
    for split in ("train", "validation", "test"):
        uri = f"{step.root}/{split}.jsonl"
        step.storage.write(uri, lines.encode())
        splits[split] = SplitFacts(uri, 20, len(lines), split, 100)
    snapshot = Snapshot(f"{step.root}/", "sha", splits, "")

    def start(
        candidate: dict[str, Any], cloud: dict[str, str] | None = None, **tuning: Any
    ) -> tuple[JobStatus, dict[str, Any]]:
        one = {"base_model": "gemini-2.5-flash", "epochs": 1, **candidate}
        sections = json.loads(step.config)
        sections["cloud"] |= cloud or {}
        sections["tuning"] = {"candidates": [one], "budget_usd": 1, **tuning}
        opened = open_step(json.dumps(sections), "run-1")
        settings = opened.section("tuning", TuningSettings)
        made = make_candidates(snapshot.tuned_sha256, settings, catalogue({}), opened.cloud, None)[0]
        jobs = TuningJobs(opened.cloud)
        status = jobs.create(tuning_request(opened, made, snapshot))
        raw = httpx.get(f"{server.base_url}/v1beta1/{status.name}", headers={"authorization": "Bearer x"})
        found: dict[str, Any] = raw.raise_for_status().json()
        return status, found

    return start


def test_every_option_of_gemini_arrives(tune: Tune, step: Step) -> None:
    evaluation = {
        "metrics": ["exact_match", "bleu", "rouge_l_sum"],
        "judged": [{"prompt": "Rate {response} from 1 to 5", "system_instruction": "Be strict"}],
        "judge_samples": 2,
    }
    key = KEY.format(project=step.cloud.project)
    cloud = {"kms_key": key, "tuning_service_account": "tuner@p.iam.gserviceaccount.com"}
    candidate = {
        "learning_rate_multiplier": 0.5,
        "adapter_size": 2,
        "export_last_checkpoint_only": True,
        "display_name": "tickets v3",
    }
    _, job = tune(
        candidate, cloud, description="tickets of 2026", labels={"team": "search"}, checkpoint_evaluation=evaluation
    )
    specification = job["supervisedTuningSpec"]
    assert specification["trainingDatasetUri"] == f"{step.root}/train.jsonl"
    assert specification["validationDatasetUri"] == f"{step.root}/validation.jsonl"
    assert specification["hyperParameters"] == {
        "epochCount": "1",
        "learningRateMultiplier": 0.5,
        "adapterSize": "ADAPTER_SIZE_TWO",
    }
    assert specification["exportLastCheckpointOnly"] is True
    assert (job["baseModel"], job["tunedModelDisplayName"]) == ("gemini-2.5-flash", "tickets v3")
    assert job["description"] == "tickets of 2026"
    assert job["labels"]["team"] == "search"
    assert job["labels"]["retune-name"] == "line"
    assert job["encryptionSpec"]["kmsKeyName"] == key
    assert job["serviceAccount"] == "tuner@p.iam.gserviceaccount.com"
    asked = specification["evaluationConfig"]
    kinds = [next(kind for kind in metric if kind != "aggregationMetrics") for metric in asked["metrics"]]
    assert kinds == ["exactMatchSpec", "bleuSpec", "rougeSpec", "pointwiseMetricSpec"]
    assert asked["metrics"][2]["rougeSpec"]["rougeType"] == "rougeLsum"
    assert asked["autoraterConfig"]["samplingCount"] == 2
    assert asked["outputConfig"]["gcsDestination"]["outputUriPrefix"].startswith(f"{step.root}/checkpoint_evaluations/")


def test_what_is_not_configured_is_not_sent(tune: Tune) -> None:
    _, job = tune({})
    assert job.keys() & {"serviceAccount", "encryptionSpec", "description", "preTunedModel", "outputUri"} == set()
    assert "evaluationConfig" not in job["supervisedTuningSpec"]
    assert not job["supervisedTuningSpec"].get("exportLastCheckpointOnly")


def test_tuning_goes_on_from_a_checkpoint_of_a_tuned_model(tune: Tune, step: Step) -> None:
    settings = step.section("tuning", TuningSettings).model_copy(update={"deadline_minutes": 1e9})
    started = tune({"epochs": 2, "display_name": "first"})[0]
    first = wait_for_job(TuningJobs(step.cloud), started, settings, FakeTime(really_s=0.05).clock(), ignore)
    _, job = tune({"continue_from": first.model, "checkpoint": "1", "display_name": "second"})
    assert job["preTunedModel"]["tunedModelName"] == first.model
    assert job["preTunedModel"]["checkpointId"] == "1"
    assert "baseModel" not in job


@pytest.mark.parametrize(
    ("candidate", "hyperparameters", "mode"),
    [
        (
            {"learning_rate": 1e-4, "batch_size": 8, "adapter_size": 32},
            {"epochCount": "1", "learningRate": 1e-4, "batchSize": "8", "adapterSize": "ADAPTER_SIZE_THIRTY_TWO"},
            "TUNING_MODE_PEFT_ADAPTER",
        ),
        ({"tuning_mode": "full"}, {"epochCount": "1"}, "TUNING_MODE_FULL"),
    ],
)
def test_every_option_of_open_models_arrives(
    tune: Tune, step: Step, candidate: dict[str, Any], hyperparameters: dict[str, Any], mode: str
) -> None:
    _, job = tune({"base_model": LLAMA, **candidate})
    assert job["baseModel"] == LLAMA
    assert job["supervisedTuningSpec"]["hyperParameters"] == hyperparameters
    assert job["supervisedTuningSpec"]["tuningMode"] == mode
    assert job["outputUri"].startswith(f"{step.root}/weights/")


def test_every_base_model_of_the_catalogue_is_tuned(tune: Tune, faults: Faults) -> None:
    """With its largest adapter, in a region of its own, by the service's own rules; the jobs stay in the queue."""
    held(faults)
    offered = {name: facts for name, facts in catalogue({}).items() if facts.retired is None}
    assert len(offered) > 20
    for base_model, facts in offered.items():
        options = {"adapter_size": max(facts.adapter_sizes)} if facts.adapter_sizes else {"tuning_mode": "full"}
        cloud = {"location": (facts.tuning_regions or ("us-central1",))[0]}
        job = tune({"base_model": base_model, **options}, cloud)[1]
        assert (job["baseModel"], job["state"]) == (base_model, "JOB_STATE_QUEUED")


def test_what_slips_through_the_service_refuses(tune: Tune) -> None:
    with pytest.raises(RetuneError, match="SERVICE-REFUSED") as caught:
        tune({"base_model": "gemini-3.1-flash-lite"}, {"kms_key": KEY.format(project="p")})
    assert "Customer-managed" in caught.value.message
