"""Tuning jobs through Google's clients: life, refusals, quota, cancel, continuation and restart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud.aiplatform_v1 import GenAiTuningServiceClient
from google.cloud.aiplatform_v1.types import PreTunedModel, SupervisedHyperParameters, SupervisedTuningSpec, TuningJob
from google.genai import errors, types

from local_vertex.server import RunningServer, start
from tests.local_vertex.killed_server import kill

if TYPE_CHECKING:
    from tests.local_vertex.conftest import Cloud

NewCloud = Callable[[str], "Cloud"]
Examples = list[dict[str, Any]]
MANY_EPOCHS = 100_000
REPEATED = 100
"""Times that the examples are in a dataset whose epochs last long enough to be watched."""


@pytest.fixture
def faults(server: RunningServer) -> Iterator[Callable[..., None]]:
    with httpx.Client(base_url=server.base_url) as web:
        yield lambda **rule: web.post("/_faults", json=rule).raise_for_status() and None
        web.delete("/_faults")


def test_a_job_starts_queued_and_ends_with_a_model_and_its_checkpoints(new_cloud: NewCloud, topics: Examples) -> None:
    cloud = new_cloud("life")
    uri = cloud.upload("train.jsonl", topics)
    validation = types.TuningValidationDataset(gcs_uri=cloud.upload("validation.jsonl", topics[::5]))
    job = cloud.tune(uri, base_model="gemini-3.1-flash-lite", epoch_count=3, validation_dataset=validation)
    assert job.state == types.JobState.JOB_STATE_QUEUED
    job = cloud.ended(job)
    assert job.state == types.JobState.JOB_STATE_SUCCEEDED
    tuned, stats = job.tuned_model, job.tuning_data_stats
    assert tuned is not None
    assert str(tuned.model).endswith("@1")
    assert "/locations/us-central1/" in str(tuned.model)
    assert [checkpoint.epoch for checkpoint in tuned.checkpoints or []] == [1, 2, 3]
    assert all("/locations/us/" in str(checkpoint.endpoint) for checkpoint in tuned.checkpoints or [])
    assert tuned.endpoint == (tuned.checkpoints or [])[-1].endpoint
    assert stats is not None
    assert stats.supervised_tuning_data_stats is not None
    assert stats.supervised_tuning_data_stats.tuning_dataset_example_count == 45
    assert job.tuning_job_metadata is not None
    assert job.tuning_job_metadata.completed_epoch_count == 3
    assert job.experiment
    assert job.start_time <= job.end_time


def test_checkpoints_answer_while_the_job_runs_and_go_with_its_cancel(new_cloud: NewCloud, topics: Examples) -> None:
    cloud = new_cloud("watched-checkpoints")
    job = cloud.tune(cloud.upload("train.jsonl", topics * REPEATED), epoch_count=400)
    job = cloud.when(job, lambda job: bool(job.tuned_model and job.tuned_model.checkpoints))
    assert job.state == types.JobState.JOB_STATE_RUNNING
    assert job.tuned_model is not None
    assert (job.tuned_model.model, job.tuned_model.endpoint) == (None, None)
    first = (job.tuned_model.checkpoints or [])[0]
    assert (first.checkpoint_id, first.epoch) == ("1", 40)
    client = cloud.genai()
    assert client.models.generate_content(model=str(first.endpoint), contents="my invoice").text == "billing"
    assert list(cloud.models.list_models(parent=cloud.parent())) == []
    client.tunings.cancel(name=str(job.name))
    ended = cloud.ended(job)
    assert (ended.state, ended.tuned_model) == (types.JobState.JOB_STATE_CANCELLED, None)
    assert list(cloud.endpoints.list_endpoints(parent=cloud.parent())) == []
    with pytest.raises(errors.ClientError, match="not found"):
        client.models.generate_content(model=str(first.endpoint), contents="my invoice")


def test_the_last_checkpoint_may_be_the_only_one(new_cloud: NewCloud, topics: Examples) -> None:
    cloud = new_cloud("last-checkpoint")
    job = cloud.ended(cloud.tune(cloud.upload("train.jsonl", topics), epoch_count=3, export_last_checkpoint_only=True))
    assert [checkpoint.epoch for checkpoint in job.tuned_model.checkpoints] == [3]  # type: ignore[union-attr]
    assert len(list(cloud.endpoints.list_endpoints(parent=cloud.parent()))) == 1


def test_a_fault_lets_a_job_succeed_in_part(new_cloud: NewCloud, topics: Examples, faults: Callable[..., None]) -> None:
    cloud = new_cloud("partial")
    faults(action="partial_job", path="/projects/partial/.*tuningJobs$", message="A checkpoint is missing.")
    job = cloud.tune(cloud.upload("train.jsonl", topics), epoch_count=3)
    # google-genai's has_ended does not know this state.
    job = cloud.when(job, lambda job: job.state == types.JobState.JOB_STATE_PARTIALLY_SUCCEEDED)
    assert job.error.message == "A checkpoint is missing."  # type: ignore[union-attr]
    tuned = job.tuned_model
    assert tuned is not None
    assert [checkpoint.checkpoint_id for checkpoint in tuned.checkpoints or []] == ["1", "2"]
    assert tuned.endpoint == (tuned.checkpoints or [])[-1].endpoint
    assert len(list(cloud.endpoints.list_endpoints(parent=cloud.parent()))) == 2
    assert cloud.genai().models.generate_content(model=str(tuned.endpoint), contents="my invoice").text == "billing"
    cloud.genai().tunings.cancel(name=str(job.name))
    assert cloud.genai().tunings.get(name=str(job.name)).state == types.JobState.JOB_STATE_PARTIALLY_SUCCEEDED


def test_metrics_per_epoch_lie_beside_the_training_data(tuning_cloud: Cloud, tuned_job: types.TuningJob) -> None:
    blob = str(tuned_job.gcs_metrics_uri).removeprefix(f"gs://{tuning_cloud.bucket}/")
    lines = tuning_cloud.storage.bucket(tuning_cloud.bucket).blob(blob).download_as_text().splitlines()
    metrics = [json.loads(line) for line in lines]
    assert [line["epoch"] for line in metrics] == [1, 2]
    assert metrics[1]["/train_total_loss"] < metrics[0]["/train_total_loss"]
    assert metrics[1]["/train_num_predictions"] == 45
    assert "/eval_total_loss" not in metrics[0]


def test_the_raw_job_has_int64_as_texts_and_beta_fields_in_beta_only(
    server: RunningServer, tuned_job: types.TuningJob
) -> None:
    with httpx.Client(base_url=server.base_url, headers={"authorization": "Bearer x"}) as web:
        beta, stable = (web.get(f"/{version}/{tuned_job.name}").json() for version in ("v1beta1", "v1"))
    assert beta["tunedModel"]["checkpoints"][0]["step"].isdecimal()
    assert beta["tuningDataStats"]["supervisedTuningDataStats"]["totalBillableTokenCount"].isdecimal()
    assert beta["supervisedTuningSpec"]["hyperParameters"]["epochCount"] in ("2", 2)
    assert "tuningJobMetadata" in beta
    assert "tuningJobMetadata" not in stable


def test_jobs_are_found_by_label_and_state(tuning_cloud: Cloud, tuned_job: types.TuningJob) -> None:
    client = tuning_cloud.genai()

    def found(text: str) -> list[str | None]:
        return [job.name for job in client.tunings.list(config=types.ListTuningJobsConfig(filter=text))]

    assert found('labels.team="search"') == [tuned_job.name]
    assert found('labels.team:* AND state="JOB_STATE_SUCCEEDED"') == [tuned_job.name]
    assert found('labels.team="sales"') == []


def test_lists_have_pages(new_cloud: NewCloud, topics: Examples, faults: Callable[..., None]) -> None:
    cloud = new_cloud("pages")
    uri = cloud.upload("train.jsonl", topics)
    faults(action="fail_job", path="/projects/pages/.*tuningJobs$")
    names = [cloud.ended(cloud.tune(uri)).name for _ in range(5)]
    listed = cloud.genai().tunings.list(config=types.ListTuningJobsConfig(page_size=2))
    assert len(listed.page) == 2
    assert [job.name for job in listed] == names


def test_async_and_gapic_clients_work_too(new_cloud: NewCloud, topics: Examples) -> None:
    cloud = new_cloud("clients")
    uri = cloud.upload("train.jsonl", topics)
    options = {"api_endpoint": cloud.server.base_url}
    client = GenAiTuningServiceClient(
        transport="rest", credentials=cloud.models.transport._credentials, client_options=options
    )
    hyperparameters = SupervisedHyperParameters(epoch_count=1, adapter_size="ADAPTER_SIZE_TWO")
    job = client.create_tuning_job(
        parent=cloud.parent(),
        tuning_job=TuningJob(
            base_model="gemini-2.5-pro",
            supervised_tuning_spec=SupervisedTuningSpec(training_dataset_uri=uri, hyper_parameters=hyperparameters),
        ),
    )
    ended = cloud.ended(cloud.awaited(lambda aio: aio.tunings.get(name=job.name)))
    assert client.get_tuning_job(name=job.name).tuned_model.endpoint == ended.tuned_model.endpoint  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("base_model", "location", "config", "sentence"),
    [
        (
            "gemini-2.5-pro",
            "us-central1",
            {"adapter_size": "ADAPTER_SIZE_SIXTEEN"},
            "The adapter size is not supported",
        ),
        ("gemini-9-flash", "us-central1", {}, "Base model gemini-9-flash is not supported"),
        ("gemini-3.5-flash", "us-east1", {}, "not supported in location us-east1"),
        ("gemini-2.5-flash", "global", {}, "not supported in location global"),
        ("gemini-2.5-flash", "us-central1", {"labels": {"sha": "a" * 64}}, "Invalid label"),
        ("gemini-2.5-flash", "us-central1", {"tuned_model_display_name": "n" * 129}, "128 characters"),
        ("gemini-2.5-flash", "us-central1", {"batch_size": 8}, "open models only"),
        (
            "gemini-3.5-flash",
            "us-central1",
            {
                "encryption_spec": types.EncryptionSpec(
                    kms_key_name="projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"
                )
            },
            "Customer-managed",
        ),
    ],
)
def test_requests_that_the_service_refuses(
    tuning_cloud: Cloud, topics: Examples, base_model: str, location: str, config: dict[str, Any], sentence: str
) -> None:
    uri = tuning_cloud.upload("refused.jsonl", topics)
    with pytest.raises(errors.ClientError, match=sentence) as caught:
        tuning_cloud.tune(uri, base_model, location, **config)
    assert caught.value.code == 400


@pytest.mark.parametrize("name", ["absent.jsonl", "train.csv"])
def test_a_training_file_that_is_no_jsonl_object_is_refused(tuning_cloud: Cloud, name: str) -> None:
    tuning_cloud.upload("train.csv", ["a,b"])
    with pytest.raises(errors.ClientError, match="training_dataset_uri should be a GCS object of type JSONL") as caught:
        tuning_cloud.tune(f"gs://{tuning_cloud.bucket}/{name}")
    assert caught.value.details["error"]["details"][0]["fieldViolations"][0]["field"].endswith("training_dataset_uri")


def test_a_malformed_line_fails_the_job_and_is_named(new_cloud: NewCloud, topics: Examples) -> None:
    cloud = new_cloud("malformed")
    job = cloud.ended(cloud.tune(cloud.upload("train.jsonl", [topics[0], "{not json"])))
    assert job.state == types.JobState.JOB_STATE_FAILED
    assert job.error is not None
    assert (job.error.code, "line 2" in str(job.error.message)) == (3, True)
    assert job.tuned_model is None


def test_dropped_examples_are_reported(new_cloud: NewCloud, topics: Examples) -> None:
    cloud = new_cloud("dropped")
    long = json.loads(json.dumps(topics[0]))
    long["contents"][0]["parts"][0]["text"] = "q" * 600_000
    job = cloud.ended(cloud.tune(cloud.upload("train.jsonl", [*topics[:20], long, *topics[20:]])))
    stats = job.tuning_data_stats.supervised_tuning_data_stats  # type: ignore[union-attr]
    assert (stats.total_truncated_example_count, stats.truncated_example_indices) == (1, [21])  # type: ignore[union-attr]
    assert len(stats.dropped_example_reasons) == 1  # type: ignore[union-attr, arg-type]


def test_more_than_a_tenth_dropped_fails_the_job_before_it_tunes(new_cloud: NewCloud, topics: Examples) -> None:
    cloud = new_cloud("dropped-too-many")
    long = json.loads(json.dumps(topics[0]))
    long["contents"][0]["parts"][0]["text"] = "q" * 600_000
    job = cloud.ended(cloud.tune(cloud.upload("train.jsonl", [*topics[:8], long])))
    assert job.state == types.JobState.JOB_STATE_FAILED
    assert "1 of 9 examples were dropped" in str(job.error)
    assert (job.start_time, job.experiment, job.tuned_model) == (None, None, None)


def test_jobs_beyond_the_quota_wait_and_a_cancel_lets_the_next_run(new_cloud: NewCloud, topics: Examples) -> None:
    cloud = new_cloud("quota")
    uri = cloud.upload("train.jsonl", topics)
    large = cloud.upload("large.jsonl", topics * REPEATED)
    first, second, third = (
        cloud.tune(data, epoch_count=epochs) for data, epochs in ((large, MANY_EPOCHS), (large, MANY_EPOCHS), (uri, 1))
    )
    running = types.JobState.JOB_STATE_RUNNING
    first = cloud.when(first, lambda job: job.state == running and job.tuning_job_metadata is not None)
    cloud.when(second, lambda job: job.state == running)
    client = cloud.genai()
    assert client.tunings.get(name=str(third.name)).state == types.JobState.JOB_STATE_QUEUED
    client.tunings.cancel(name=str(first.name))
    first, third = cloud.ended(first), cloud.ended(third)
    assert first.state == types.JobState.JOB_STATE_CANCELLED
    assert (first.error.code, first.tuned_model) == (1, None)  # type: ignore[union-attr]
    assert third.state == types.JobState.JOB_STATE_SUCCEEDED
    client.tunings.cancel(name=str(third.name))
    assert client.tunings.get(name=str(third.name)).state == types.JobState.JOB_STATE_SUCCEEDED
    client.tunings.cancel(name=str(second.name))
    cloud.ended(second)


def test_faults_fail_a_job_and_keep_one_queued(
    new_cloud: NewCloud, topics: Examples, faults: Callable[..., None]
) -> None:
    cloud = new_cloud("faulty")
    uri = cloud.upload("train.jsonl", topics)
    faults(action="fail_job", path="/projects/faulty/.*tuningJobs$", message="Out of accelerators.", times=1)
    faults(action="stay_queued", path="/projects/faulty/.*tuningJobs$", times=1)
    failed, waiting, normal = cloud.tune(uri), cloud.tune(uri), cloud.tune(uri)
    assert cloud.ended(failed).error.message == "Out of accelerators."  # type: ignore[union-attr]
    assert cloud.ended(normal).state == types.JobState.JOB_STATE_SUCCEEDED
    client = cloud.genai()
    assert client.tunings.get(name=str(waiting.name)).state == types.JobState.JOB_STATE_QUEUED
    client.tunings.cancel(name=str(waiting.name))
    assert client.tunings.get(name=str(waiting.name)).state == types.JobState.JOB_STATE_CANCELLED


def test_a_job_is_kept_in_the_queue_for_a_time(
    new_cloud: NewCloud, topics: Examples, faults: Callable[..., None]
) -> None:
    cloud = new_cloud("patient")
    faults(action="stay_queued", path="/projects/patient/.*tuningJobs$", delay_s=0.5, times=1)
    job = cloud.ended(cloud.tune(cloud.upload("train.jsonl", topics)))
    assert job.state == types.JobState.JOB_STATE_SUCCEEDED
    assert (job.start_time - job.create_time).total_seconds() >= 0.5  # type: ignore[operator]


def test_continued_tuning_makes_a_new_version_that_knows_more(new_cloud: NewCloud, topics: Examples) -> None:
    cloud = new_cloud("continued")
    first = cloud.ended(cloud.tune(cloud.upload("train.jsonl", topics), tuned_model_display_name="topics"))
    renamed = [json.loads(json.dumps(example).replace('"billing"', '"money"')) for example in topics]
    model = str(first.tuned_model.model)  # type: ignore[union-attr]
    second = cloud.ended(
        cloud.tune(cloud.upload("more.jsonl", renamed), base_model=model, pre_tuned_model_checkpoint_id="1")
    )
    assert second.tuned_model.model == model.replace("@1", "@2")  # type: ignore[union-attr]
    answers = [
        cloud.genai().models.generate_content(model=str(second.tuned_model.endpoint), contents=text).text  # type: ignore[union-attr]
        for text in ("my invoice", "website unreachable")
    ]
    assert answers == ["money", "outage"]


def test_tuning_goes_on_from_an_alias_and_keeps_what_it_knew(new_cloud: NewCloud, topics: Examples) -> None:
    cloud = new_cloud("aliased")
    first = cloud.ended(cloud.tune(cloud.upload("train.jsonl", topics), tuned_model_display_name="topics"))
    model = str(first.tuned_model.model)  # type: ignore[union-attr]
    cloud.models.merge_version_aliases(name=model, version_aliases=["champion"])
    only_one = [example for example in topics if "billing" in json.dumps(example["contents"])]
    client = GenAiTuningServiceClient(
        transport="rest",
        credentials=cloud.models.transport._credentials,
        client_options={"api_endpoint": cloud.server.base_url},
    )
    # As people write it: with the project's identifier, which the service turns into its number.
    name = f"{cloud.parent()}/models/{model.rpartition('/')[2].partition('@')[0]}@champion"
    specification = SupervisedTuningSpec(
        training_dataset_uri=cloud.upload("more.jsonl", only_one),
        hyper_parameters=SupervisedHyperParameters(epoch_count=1),
    )
    job = client.create_tuning_job(
        parent=cloud.parent(),
        tuning_job=TuningJob(
            pre_tuned_model=PreTunedModel(tuned_model_name=name, checkpoint_id="2"),
            supervised_tuning_spec=specification,
        ),
    )
    assert job.pre_tuned_model.base_model == "gemini-2.5-flash"
    ended = cloud.ended(cloud.genai().tunings.get(name=job.name))
    endpoint = str(ended.tuned_model.endpoint)  # type: ignore[union-attr]
    # No example of the second job names this topic.
    assert cloud.genai().models.generate_content(model=endpoint, contents="website unreachable").text == "outage"
    job.encryption_spec.kms_key_name = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"
    with pytest.raises(exceptions.BadRequest, match="same encryption_spec"):
        client.create_tuning_job(
            parent=cloud.parent(),
            tuning_job=TuningJob(
                pre_tuned_model=PreTunedModel(tuned_model_name=name),
                supervised_tuning_spec=specification,
                encryption_spec=job.encryption_spec,
            ),
        )


def test_a_killed_server_takes_its_fits_along_and_goes_on_after_a_restart(
    tmp_path: Path, topics: Examples, cloud_of: Callable[[RunningServer, str], Cloud]
) -> None:
    server = start(tmp_path, idle_shutdown_s=120)
    try:
        cloud = cloud_of(server, "restart")
        uri = cloud.upload("train.jsonl", topics)
        large = cloud.upload("large.jsonl", topics * REPEATED)
        endless = [cloud.tune(large, epoch_count=MANY_EPOCHS) for _ in range(2)]
        for job in endless:
            cloud.when(job, lambda job: job.state == types.JobState.JOB_STATE_RUNNING)
        short = cloud.tune(uri, epoch_count=1)
        kill(server, workers=2)
        server = start(tmp_path, idle_shutdown_s=120)
        cloud = cloud_of(server, "restart")
        for job in endless:
            cloud.when(job, lambda job: job.state == types.JobState.JOB_STATE_RUNNING)
            cloud.genai().tunings.cancel(name=str(job.name))
        assert cloud.ended(short).state == types.JobState.JOB_STATE_SUCCEEDED
    finally:
        # A server with jobs going on does not idle out.
        server.stop()
