"""The metrics of a tuning job as experiments: the recipe of Google's notebook, with low-level clients and the SDK."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud.aiplatform_v1 import MetadataServiceClient, TensorboardServiceClient
from google.cloud.aiplatform_v1.types import (
    BatchReadTensorboardTimeSeriesDataRequest,
    ListContextsRequest,
    ListExecutionsRequest,
    ReadTensorboardTimeSeriesDataRequest,
)
from google.genai import types

if TYPE_CHECKING:
    from local_vertex.server import RunningServer
    from tests.local_vertex.conftest import Cloud

TRAIN = {"/train_total_loss", "/train_fraction_of_correct_next_step_preds", "/train_num_predictions"}
EVAL = {name.replace("train", "eval") for name in TRAIN}
MANY_EPOCHS = 100_000

SDK = """
import sys
from google.oauth2.credentials import Credentials
from google.cloud import aiplatform
from google.cloud.aiplatform.metadata import context
from google.cloud.aiplatform.metadata import utils as metadata_utils

project, endpoint, experiment = sys.argv[1:]
aiplatform.init(
    project=project, location="us-central1", api_endpoint=endpoint, api_transport="rest",
    credentials=Credentials("local"),
)
exp = aiplatform.Experiment(experiment_name=experiment)
filter_str = metadata_utils._make_filter_string(
    schema_title="system.ExperimentRun", parent_contexts=[exp.resource_name]
)
(run,) = context.Context.list(filter_str)
name = run.name.replace(f"{exp.name}-", "", 1)
tensorboard = exp.get_backing_tensorboard_resource().resource_name
data = aiplatform.TensorboardRun(f"{tensorboard}/experiments/{exp.name}/runs/{name}").read_time_series_data()
print([value.step for value in data["/train_total_loss"].values])
(found,) = aiplatform.ExperimentRun.list(experiment=experiment)
print(found.get_metrics()["/train_num_predictions"], found.get_state())
"""


class Experiments:
    """The low-level clients of a project."""

    def __init__(self, cloud: Cloud) -> None:
        arguments: dict[str, Any] = {
            "transport": "rest",
            "credentials": cloud.models.transport._credentials,
            "client_options": {"api_endpoint": cloud.server.base_url},
        }
        self.metadata, self.tensorboards = MetadataServiceClient(**arguments), TensorboardServiceClient(**arguments)

    def runs(self, experiment: str) -> list[Any]:
        store = experiment.partition("/contexts/")[0]
        condition = f'schema_title="system.ExperimentRun" AND parent_contexts:"{experiment}"'
        return list(self.metadata.list_contexts(request=ListContextsRequest(parent=store, filter=condition)))

    def run_of(self, experiment: str) -> str:
        """The TensorBoard run of the experiment's only run."""
        (run,) = self.runs(experiment)
        tensorboard = self.metadata.get_context(name=experiment).metadata["backing_tensorboard_resource"]
        exp = experiment.rpartition("/")[2]
        name = run.name.rpartition("/")[2].removeprefix(f"{exp}-")
        return f"{tensorboard}/experiments/{exp}/runs/{name}"

    def read(self, tensorboard: str, names: list[str]) -> Any:
        request = BatchReadTensorboardTimeSeriesDataRequest(tensorboard=tensorboard, time_series=names)
        return self.tensorboards.batch_read_tensorboard_time_series_data(request=request)

    def series(self, run: str) -> dict[str, list[tuple[int, float]]]:
        listed = {found.name: found for found in self.tensorboards.list_tensorboard_time_series(parent=run)}
        reply = self.read(run.partition("/experiments/")[0], list(listed))
        names = {name.rpartition("/")[2]: found.display_name for name, found in listed.items()}
        return {
            names[data.tensorboard_time_series_id]: [(value.step, value.scalar.value) for value in data.values]
            for data in reply.time_series_data
        }


@pytest.fixture(scope="module")
def experiments(tuning_cloud: Cloud) -> Experiments:
    return Experiments(tuning_cloud)


def test_the_series_of_a_job_are_found_by_the_recipe(experiments: Experiments, tuned_job: types.TuningJob) -> None:
    experiment = str(tuned_job.experiment)
    assert experiments.metadata.get_context(name=experiment).schema_title == "system.Experiment"
    run = experiments.run_of(experiment)
    assert experiments.tensorboards.get_tensorboard_run(name=run).display_name == run.rpartition("/")[2]
    series = experiments.series(run)
    assert set(series) == TRAIN
    (first, loss), (last, lower) = series["/train_total_loss"]
    assert (last, lower < loss) == (2 * first, True)
    assert [value for _, value in series["/train_num_predictions"]] == [45, 45]
    (context,) = experiments.runs(experiment)
    assert context.metadata["_state"] == "COMPLETE"
    assert context.metadata["_metrics"]["/train_total_loss"] == pytest.approx(lower)


def test_one_series_is_read_with_its_latest_step_and_a_limit(
    experiments: Experiments, tuned_job: types.TuningJob
) -> None:
    run = experiments.run_of(str(tuned_job.experiment))
    series = next(iter(experiments.tensorboards.list_tensorboard_time_series(parent=run)))
    request = ReadTensorboardTimeSeriesDataRequest(tensorboard_time_series=series.name, max_data_points=1)
    data = experiments.tensorboards.read_tensorboard_time_series_data(request=request).time_series_data
    whole = experiments.tensorboards.read_tensorboard_time_series_data(tensorboard_time_series=series.name)
    assert (len(data.values), len(whole.time_series_data.values)) == (1, 2)
    assert series.metadata.max_step == whole.time_series_data.values[-1].step
    with pytest.raises(exceptions.NotFound, match="is not of"):
        experiments.read(run.partition("/experiments/")[0][:-1], [series.name])


def test_filters_tell_contexts_apart(experiments: Experiments, tuned_job: types.TuningJob) -> None:
    store, _, name = str(tuned_job.experiment).partition("/contexts/")
    experiment_filter = ListContextsRequest(parent=store, filter='schema_title="system.Experiment"')
    assert name in [found.name.rpartition("/")[2] for found in experiments.metadata.list_contexts(experiment_filter)]
    assert experiments.runs(f"{store}/contexts/other") == []
    request = ListExecutionsRequest(parent=store, filter=f'in_context("{tuned_job.experiment}")')
    assert list(experiments.metadata.list_executions(request=request)) == []
    with pytest.raises(exceptions.NotFound, match="Context does not exist"):
        experiments.metadata.get_context(name=f"{store}/contexts/other")


def test_series_are_readable_while_the_job_runs_and_end_with_it(
    new_cloud: Callable[[str], Cloud], topics: list[dict[str, Any]]
) -> None:
    cloud = new_cloud("watched")
    experiments = Experiments(cloud)
    data = types.TuningValidationDataset(gcs_uri=cloud.upload("validation.jsonl", topics[::5]))
    large = cloud.upload("train.jsonl", topics * 100)
    job = cloud.tune(large, epoch_count=MANY_EPOCHS, validation_dataset=data)
    job = cloud.when(job, lambda job: job.tuning_job_metadata is not None)
    assert job.state == types.JobState.JOB_STATE_RUNNING
    run = experiments.run_of(str(job.experiment))
    series = experiments.series(run)
    assert set(series) == TRAIN | EVAL
    assert len(series["/eval_total_loss"]) >= 1
    assert experiments.runs(str(job.experiment))[0].metadata["_state"] == "RUNNING"
    cloud.genai().tunings.cancel(name=str(job.name))
    cloud.ended(job)
    assert experiments.runs(str(job.experiment))[0].metadata["_state"] == "CANCELLED"
    experiments.tensorboards.delete_tensorboard_run(name=run).result()
    experiments.metadata.delete_context(name=str(job.experiment)).result()
    for gone in (
        lambda: experiments.tensorboards.get_tensorboard_run(name=run),
        lambda: experiments.metadata.get_context(name=str(job.experiment)),
    ):
        with pytest.raises(exceptions.NotFound):
            gone()


def test_the_sdk_reads_them_too(server: RunningServer, tuning_cloud: Cloud, tuned_job: types.TuningJob) -> None:
    experiment = str(tuned_job.experiment).rpartition("/")[2]
    # In a process of its own: the SDK keeps its configuration in globals and takes long to import.
    command = [sys.executable, "-c", SDK, tuning_cloud.project, server.base_url, experiment]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert said.returncode == 0, said.stderr
    steps, ended = said.stdout.splitlines()
    assert len(steps.split(",")) == 2
    assert ended == "45.0 COMPLETE"


def test_creating_experiments_is_no_route(server: RunningServer) -> None:
    path = "/v1/projects/p/locations/us-central1/metadataStores/default/contexts"
    with httpx.Client(base_url=server.base_url, headers={"authorization": "Bearer x"}) as web:
        assert web.post(path, json={}).status_code == 404
