"""What a pipeline run does and how its job and tasks report it."""

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from google.cloud import aiplatform_v1
from kfp import dsl

PYTHON = {"base_image": "retune-python", "install_kfp_package": False}
State = aiplatform_v1.PipelineState
TaskState = aiplatform_v1.PipelineTaskDetail.State


@dsl.component(**PYTHON)
def choose(branch: str) -> str:
    return branch


@dsl.component(**PYTHON)
def items() -> list:
    return ["a", "b", "c"]


@dsl.component(**PYTHON)
def make(item: str, model: dsl.Output[dsl.Model]) -> None:
    model.uri = f"gs://models/{item}"


@dsl.component(**PYTHON)
def collect(models: dsl.Input[list[dsl.Model]]) -> str:
    return ",".join(model.uri for model in models)


@dsl.component(**PYTHON)
def say(text: str) -> str:
    return text


@dsl.component(**PYTHON)
def fail() -> None:
    raise SystemExit(3)


@dsl.component(**PYTHON)
def report(status: dsl.PipelineTaskFinalStatus, run: str) -> str:
    return f"{status.state} {run}"


@dsl.component(**PYTHON)
def flaky(marker: str) -> None:
    from pathlib import Path

    if not Path(marker).exists():
        Path(marker).touch()
        raise SystemExit(1)


@dsl.component(**PYTHON)
def named() -> NamedTuple("Named", verdict=str):
    from typing import NamedTuple

    return NamedTuple("Named", verdict=str)("promote")


@dsl.container_component
def container() -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="alpine", command=["true"])


@dsl.pipeline(name="branches")
def branches(branch: str) -> None:
    with dsl.ExitHandler(report(run=dsl.PIPELINE_JOB_NAME_PLACEHOLDER)):
        chosen = choose(branch=branch)
        with dsl.If(chosen.output == "loop"):
            found = items()
            with dsl.ParallelFor(found.output) as item:
                made = make(item=item)
            collect(models=dsl.Collected(made.outputs["model"]))
        with dsl.Else():
            say(text="skipped")


@dsl.pipeline(name="failing")
def failing() -> None:
    with dsl.ExitHandler(report(run=dsl.PIPELINE_JOB_NAME_PLACEHOLDER)):
        failed = fail()
        say(text="never").after(failed)


@dsl.pipeline(name="retrying")
def retrying(marker: str) -> None:
    flaky(marker=marker).set_retry(2)


@dsl.pipeline(name="wrong-condition")
def wrong_condition() -> None:
    first = named()
    with dsl.If(first.outputs["verdict"] == "promote"):
        say(text="promoted")


@dsl.pipeline(name="not-runnable")
def not_runnable() -> None:
    with dsl.ExitHandler(report(run="")):
        container()


@dsl.pipeline(name="nested-loops")
def nested_loops() -> None:
    with dsl.ParallelFor(["a", "b"]), dsl.ParallelFor(["x", "y"]) as inner:
        say(text=inner)


@dsl.pipeline(name="placeholders")
def placeholders(text: str) -> None:
    say(text=dsl.PIPELINE_JOB_NAME_PLACEHOLDER)
    say(text=dsl.PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER)
    say(text=dsl.PIPELINE_JOB_ID_PLACEHOLDER)
    say(text=dsl.PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER)
    say(text=dsl.PIPELINE_ROOT_PLACEHOLDER)
    say(text=f"{dsl.PIPELINE_JOB_NAME_PLACEHOLDER}/{text}")


def test_loop_branch_runs_and_the_other_branch_is_not_triggered(jobs: Any) -> None:
    created = jobs.submit(branches, "loop-branch", branch="loop")
    assert created.state == State.PIPELINE_STATE_PENDING
    assert created.name.endswith("/locations/us-central1/pipelineJobs/loop-branch")

    job = jobs.wait(created.name)

    assert job.state == State.PIPELINE_STATE_SUCCEEDED
    assert job.create_time <= job.start_time <= job.end_time
    assert dict(job.labels) == {"trigger": "test"}
    three = [("make", "SUCCEEDED")] * 3
    assert jobs.tasks(job) == [
        ("choose", "SUCCEEDED"),
        ("items", "SUCCEEDED"),
        *three,
        ("collect", "SUCCEEDED"),
        ("report", "SUCCEEDED"),
        ("say", "NOT_TRIGGERED"),
    ]
    details = job.job_detail.task_details
    assert len({task.task_id for task in details}) == len(details)
    assert jobs.outputs(job)["collect"] == "gs://models/a,gs://models/b,gs://models/c"
    assert jobs.outputs(job)["report"] == "SUCCEEDED loop-branch"
    models = [task.outputs["model"].artifacts[0] for task in details if task.task_name == "make"]
    assert {(model.uri, model.schema_title) for model in models} == {
        (f"gs://models/{item}", "system.Model") for item in "abc"
    }


def test_else_branch(jobs: Any) -> None:
    job = jobs.wait(jobs.submit(branches, branch="other").name)
    assert job.name.rsplit("/", 1)[-1].startswith("branches-")
    assert jobs.tasks(job)[:3] == [("choose", "SUCCEEDED"), ("say", "SUCCEEDED"), ("report", "SUCCEEDED")]
    assert {state for _, state in jobs.tasks(job)[3:]} == {"NOT_TRIGGERED"}


def test_failing_task_fails_the_job_by_name_after_the_exit_handler(jobs: Any) -> None:
    job = jobs.wait(jobs.submit(failing, "failing-task").name)
    assert job.state == State.PIPELINE_STATE_FAILED
    assert job.error.code == 9
    assert job.error.message.startswith(
        "The DAG failed because some tasks failed. The failed tasks are: [fail].; Job (project_id = "
    )
    assert jobs.tasks(job) == [("fail", "FAILED"), ("report", "SUCCEEDED"), ("say", "NOT_TRIGGERED")]
    assert "non-zero status of 3" in job.job_detail.task_details[0].error.message
    assert jobs.outputs(job)["report"] == "FAILED failing-task"


def test_retried_task_is_one_detail_with_its_history(jobs: Any, tmp_path: Path) -> None:
    job = jobs.wait(jobs.submit(retrying, marker=str(tmp_path / "marker")).name)
    assert jobs.tasks(job) == [("flaky", "SUCCEEDED")]
    history = [status.state for status in job.job_detail.task_details[0].pipeline_task_status]
    assert history == [TaskState.RUNNING, TaskState.FAILED, TaskState.RUNNING, TaskState.SUCCEEDED]


def test_iterations_of_nested_loops_are_details_of_their_own(jobs: Any) -> None:
    job = jobs.wait(jobs.submit(nested_loops).name)
    assert jobs.tasks(job) == [("say", "SUCCEEDED")] * 4
    assert len({task.task_id for task in job.job_detail.task_details}) == 4


def test_condition_that_kfp_decides_wrongly_in_silence_fails_the_run(jobs: Any) -> None:
    job = jobs.wait(jobs.submit(wrong_condition).name)
    assert job.state == State.PIPELINE_STATE_FAILED
    assert "Could not resolve" in job.error.message


def test_orchestrator_error_is_the_jobs_error(jobs: Any) -> None:
    job = jobs.wait(jobs.submit(not_runnable).name)
    assert job.state == State.PIPELINE_STATE_FAILED
    assert "only supports running Lightweight Python Components" in job.error.message
    assert {state for _, state in jobs.tasks(job)} == {"NOT_TRIGGERED"}


def test_job_placeholders_have_the_services_values(jobs: Any) -> None:
    created = jobs.submit(placeholders, "names", text="gs://bucket/python3/train.jsonl")
    said = jobs.outputs(jobs.wait(created.name))
    assert said["say"] == "names"
    assert said["say-2"] == created.name
    assert said["say-3"].isdecimal()
    assert datetime.fromisoformat(said["say-4"]) == created.create_time
    assert said["say-5"] == "gs://bucket/root"
    # kfp.local by itself replaces "python3" in arguments.
    assert said["say-6"] == "names/gs://bucket/python3/train.jsonl"
