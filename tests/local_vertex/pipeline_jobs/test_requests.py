"""What is accepted, what is refused, and how jobs are found again."""

from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import aiplatform_v1
from kfp import dsl

State = aiplatform_v1.PipelineState


@dsl.component(base_image="retune-python", install_kfp_package=False)
def describe(whole: int, real: float, flag: bool, many: list, table: dict, text: str) -> str:
    return f"{whole!r} {real!r} {flag!r} {many!r} {table!r} {text!r}"


@dsl.component(base_image="retune-python", install_kfp_package=False)
def say(text: str) -> str:
    return text


@dsl.pipeline(name="typed")
def typed(whole: int, real: float, flag: bool, many: list, table: dict, text: str = "default") -> None:
    describe(whole=whole, real=real, flag=flag, many=many, table=table, text=text)


@dsl.pipeline(name="simple")
def simple(text: str) -> None:
    say(text=text)


def test_typed_parameters_arrive_as_declared(jobs: Any) -> None:
    job = jobs.submit(typed, whole=3, real=2, flag=True, many=["x"], table={"a": "b"})
    assert jobs.outputs(jobs.wait(job.name)) == {"describe": "3 2.0 True ['x'] {'a': 'b'} 'default'"}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "Parameter text is required"),
        ({"text": "x", "texts": "y"}, "Parameter texts in runtime_config.parameter_values is not found"),
        ({"text": 3}, "Parameter text in runtime_config.parameter_values is not of type STRING"),
        ({"text": None}, "Parameter text in runtime_config.parameter_values is not of type STRING"),
        ({"text": "{{$.inputs}}"}, "starts a pipeline placeholder"),
    ],
)
def test_wrong_parameters_are_refused(jobs: Any, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(exceptions.BadRequest, match=message):
        jobs.submit(simple, **parameters)


@pytest.mark.parametrize("job_id", ["Upper", "1-number", "../up", "a" * 129])
def test_wrong_identifiers_are_refused(jobs: Any, job_id: str) -> None:
    with pytest.raises(exceptions.BadRequest, match="pipeline_job_id"):
        jobs.submit(simple, job_id, text="x")


@pytest.mark.parametrize(
    "spec",
    [
        {"pipelineInfo": {"name": "x"}},
        {"pipelineInfo": 1, "root": []},
        {
            "pipelineInfo": {"name": "../x"},
            "root": {"dag": {"tasks": {"a": {"componentRef": {"name": "comp-a"}}}}},
            "components": {"comp-a": {"executorLabel": "exec-a"}},
            "deploymentSpec": {"executors": {"exec-a": {"container": {}}}},
        },
        {"pipelineInfo": {"name": "x"}, "root": {"dag": {"tasks": {}}}, "deploymentSpec": {"executors": {}}},
    ],
)
def test_what_is_no_pipeline_is_refused(jobs: Any, spec: dict[str, Any]) -> None:
    with pytest.raises(exceptions.BadRequest, match="not a compiled KFP v2 pipeline"):
        jobs.submit(spec)


def test_job_needs_an_output_directory(jobs: Any) -> None:
    job = aiplatform_v1.PipelineJob(pipeline_spec=jobs.compiled(simple))
    with pytest.raises(exceptions.BadRequest, match="gcs_output_directory is required"):
        jobs.client.create_pipeline_job(parent=jobs.parent, pipeline_job=job)


def test_identifier_is_free_again_after_delete(jobs: Any) -> None:
    name = jobs.submit(simple, "once", text="x").name
    with pytest.raises(exceptions.Conflict):
        jobs.submit(simple, "once", text="x")
    jobs.wait(name)
    jobs.client.delete_pipeline_job(name=name).result(timeout=10)
    with pytest.raises(exceptions.NotFound):
        jobs.get(name)
    assert jobs.outputs(jobs.wait(jobs.submit(simple, "once", text="y").name)) == {"say": "y"}


def test_executing_job_cannot_be_deleted(jobs: Any) -> None:
    name = jobs.submit(simple, text="x").name
    with pytest.raises(exceptions.BadRequest, match="cancel it first"):
        jobs.client.delete_pipeline_job(name=name)
    jobs.wait(name)


def test_list_filters_orders_and_pages(jobs: Any) -> None:
    location = jobs.parent.replace("us-central1", "europe-west4")
    names = [jobs.submit(simple, f"listed-{number}", location, text="x").name for number in range(3)]
    for name in names:
        jobs.wait(name)
    assert [job.name for job in jobs.client.list_pipeline_jobs(parent=location)] == names[::-1]
    request = {"parent": location, "page_size": 2, "order_by": "create_time asc"}
    assert [job.name for job in jobs.client.list_pipeline_jobs(request=request)] == names

    def filtered(text: str) -> list[str]:
        request = {"parent": location, "filter": text, "read_mask": "name,state"}
        return [job.name for job in jobs.client.list_pipeline_jobs(request=request)]

    assert filtered('display_name="listed-1"') == [names[1]]
    assert filtered("state=PIPELINE_STATE_SUCCEEDED AND labels.trigger=test") == names[::-1]
    assert filtered("pipeline_name=other") == []
    with pytest.raises(exceptions.BadRequest, match="Invalid filter"):
        filtered("state IS good")
