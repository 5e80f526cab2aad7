"""Tuning jobs through google-genai, synchronous and asynchronous, and the low-level clients of both versions."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.genai import errors, types

from tests.local_vertex.conformance.conftest import TUNING_USD
from tests.local_vertex.conformance.target import same_resource

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

BASE_MODEL = "gemini-2.5-flash"


def test_a_finished_job_is_as_the_client_reads_it(target: Target, conformance_job: types.TuningJob) -> None:
    job = target.genai().tunings.get(name=str(conformance_job.name))
    assert (job.base_model, job.tuned_model_display_name, job.labels) == (BASE_MODEL, target.run, target.labels)
    assert job.create_time <= job.start_time <= job.end_time  # type: ignore[operator]
    tuned = job.tuned_model
    assert tuned is not None
    assert str(tuned.model).endswith("@1")
    checkpoints = tuned.checkpoints or []
    assert [(checkpoint.checkpoint_id, checkpoint.epoch) for checkpoint in checkpoints] == [("1", 1), ("2", 2)]
    assert tuned.endpoint == checkpoints[-1].endpoint
    stats = job.tuning_data_stats.supervised_tuning_data_stats  # type: ignore[union-attr]
    assert stats.tuning_dataset_example_count == 45
    assert stats.total_billable_token_count > 0
    assert job.supervised_tuning_spec.hyper_parameters.epoch_count == 2  # type: ignore[union-attr]


def test_jobs_are_listed_page_by_page(target: Target, conformance_job: types.TuningJob) -> None:
    pager = target.genai().tunings.list(config=types.ListTuningJobsConfig(page_size=1))
    assert len(pager.page) == 1
    chosen = types.ListTuningJobsConfig(filter=f'labels.retune-conformance="{target.run}"')
    listed = [job.name for job in target.genai().tunings.list(config=chosen)]
    assert conformance_job.name in listed


def test_the_asynchronous_client(target: Target, conformance_job: types.TuningJob) -> None:
    async def use(client: Any) -> tuple[str, list[str]]:
        job = await client.tunings.get(name=str(conformance_job.name))
        pager = await client.tunings.list(config=types.ListTuningJobsConfig(page_size=5))
        return str(job.name), [str(one.name) async for one in pager]

    name, listed = target.awaited(use)
    assert name == conformance_job.name
    assert name in listed


def test_a_job_is_started_and_cancelled_asynchronously(target: Target, training_file: str) -> None:
    target.pay(TUNING_USD, tuning=True)

    async def use(client: Any) -> str:
        job = await client.tunings.tune(
            base_model=BASE_MODEL,
            training_dataset=types.TuningDataset(gcs_uri=training_file),
            config=types.CreateTuningJobConfig(
                epoch_count=1,
                labels=target.labels,
                description="every field that Gemini models take",
                learning_rate_multiplier=0.5,
                adapter_size="ADAPTER_SIZE_FOUR",
                export_last_checkpoint_only=True,
                validation_dataset=types.TuningValidationDataset(gcs_uri=training_file),
            ),
        )
        await client.tunings.cancel(name=str(job.name))
        return str(job.name)

    name = target.awaited(use)
    job = target.until(lambda: target.genai().tunings.get(name=name), lambda job: job.has_ended)
    assert job.state == types.JobState.JOB_STATE_CANCELLED


def test_a_tuned_model_is_tuned_again(target: Target, training_file: str, tuned_model: str) -> None:
    target.pay(TUNING_USD, tuning=True)
    client = target.genai().tunings
    config = types.CreateTuningJobConfig(
        epoch_count=1, pre_tuned_model_checkpoint_id="1", labels=target.labels, tuned_model_display_name="continued"
    )
    dataset = types.TuningDataset(gcs_uri=training_file)
    job = client.tune(base_model=tuned_model, training_dataset=dataset, config=config)
    assert job.pre_tuned_model is not None
    assert same_resource(str(job.pre_tuned_model.tuned_model_name), tuned_model)
    client.cancel(name=str(job.name))
    target.until(lambda: client.get(name=str(job.name)), lambda job: job.has_ended)


def test_a_job_through_the_low_level_client(target: Target, training_file: str, api: Any) -> None:
    target.pay(TUNING_USD, tuning=True)
    client = target.gapic(api.GenAiTuningServiceClient)
    job = api.TuningJob(
        base_model=BASE_MODEL,
        tuned_model_display_name=target.run,
        labels={**target.labels, "api": api.__name__.rpartition("_")[2]},
        service_account="" if target.is_real else "tuner@project.iam.gserviceaccount.com",
        supervised_tuning_spec={
            "training_dataset_uri": training_file,
            "hyper_parameters": {"epoch_count": 1, "adapter_size": 3, "learning_rate_multiplier": 1.0},
        },
    )
    made = client.create_tuning_job(parent=target.parent, tuning_job=job)
    assert made.supervised_tuning_spec.hyper_parameters.adapter_size == 3
    found = client.get_tuning_job(name=made.name)
    assert (found.name, found.labels) == (made.name, job.labels)
    label = f'labels.api="{job.labels["api"]}" AND labels.retune-conformance="{target.run}"'
    listed = client.list_tuning_jobs(request={"parent": target.parent, "page_size": 1, "filter": label})
    assert [one.name for one in listed] == [made.name]
    client.cancel_tuning_job(name=made.name)
    ended = {api.JobState.JOB_STATE_CANCELLED, api.JobState.JOB_STATE_SUCCEEDED}
    target.until(lambda: client.get_tuning_job(name=made.name), lambda job: job.state in ended)


def test_a_tuned_model_is_rebased(target: Target, tuned_model: str, api: Any) -> None:
    target.pay(TUNING_USD, tuning=True)
    client = target.gapic(api.GenAiTuningServiceClient)
    changes = {"base_model": "gemini-2.5-flash-lite", "tuned_model_display_name": target.run}
    request = {"parent": target.parent, "tuned_model_ref": {"tuned_model": tuned_model}, "tuning_job": changes}
    made = client.rebase_tuned_model(request=request).result()
    target.later(lambda: client.cancel_tuning_job(name=made.name))
    assert (made.base_model, made.tuned_model_display_name) == ("gemini-2.5-flash-lite", target.run)
    earlier = client.list_tuning_jobs(request={"parent": target.parent})
    (source,) = [job for job in earlier if job.tuned_model.model == tuned_model]
    assert made.supervised_tuning_spec == source.supervised_tuning_spec
    with pytest.raises(exceptions.NotFound):
        client.rebase_tuned_model(
            request={
                "parent": target.parent,
                "tuned_model_ref": {"tuning_job": f"{target.parent}/tuningJobs/1"},
            }
        )
    client.cancel_tuning_job(name=made.name)


def test_what_is_wrong_is_refused_without_a_job(target: Target, training_file: str) -> None:
    client = target.genai().tunings
    missing = types.TuningDataset(gcs_uri=f"gs://{target.bucket}/{target.run}/missing.jsonl")
    good = types.TuningDataset(gcs_uri=training_file)
    for base_model, dataset in ((BASE_MODEL, missing), ("gemini-none", good)):
        with pytest.raises(errors.ClientError) as caught, warnings.catch_warnings():
            client.tune(base_model=base_model, training_dataset=dataset, config=types.CreateTuningJobConfig())
        assert caught.value.code in (400, 404)
    with pytest.raises(errors.ClientError) as caught:
        client.get(name=f"{target.parent}/tuningJobs/1")
    assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")


@pytest.mark.stand_in_only("a job of the service takes from minutes to hours")
def test_synchronous_tuning_from_start_to_cancel(target: Target, training_file: str) -> None:
    client = target.genai().tunings
    dataset = types.TuningDataset(gcs_uri=training_file)
    job = client.tune(
        base_model=BASE_MODEL, training_dataset=dataset, config=types.CreateTuningJobConfig(epoch_count=1)
    )
    assert job.state == types.JobState.JOB_STATE_QUEUED
    ended = target.until(lambda: client.get(name=str(job.name)), lambda job: job.has_ended)
    # Cancelling what has ended changes nothing.
    client.cancel(name=str(job.name))
    assert client.get(name=str(job.name)).state == ended.state == types.JobState.JOB_STATE_SUCCEEDED
