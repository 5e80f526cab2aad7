"""Pipeline runs: submit a compiled pipeline, watch and cancel it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.gcp.clients import gapic_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from google.cloud.aiplatform_v1 import PipelineServiceClient

RUN_ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})


@dataclass(frozen=True)
class TaskStatus:
    """One task of a run.

    Attributes:
        name: Task name in the pipeline, for example `tune`.
        state: `PENDING`, `RUNNING`, `SUCCEEDED`, `FAILED`, `SKIPPED`, `CANCELLED`, …
        seconds: Time since it started, or that it took; 0 before it starts.
    """

    name: str
    state: str
    seconds: float


@dataclass(frozen=True)
class RunStatus:
    """A run and its tasks.

    Attributes:
        name: Resource name of the pipeline job.
        state: `PENDING`, `RUNNING`, `SUCCEEDED`, `FAILED`, `CANCELLED`, …
        message: The service's error message; empty without one.
        tasks: In the order in which the service lists them.
    """

    name: str
    state: str
    message: str
    tasks: list[TaskStatus]

    @property
    def ended(self) -> bool:
        """Whether the run will not change any more."""
        return self.state in RUN_ENDED


class PipelineJobs:
    """Pipeline runs of one project and region."""

    def __init__(self, cloud: CloudSettings) -> None:
        from google.cloud.aiplatform_v1 import PipelineServiceClient

        self._cloud = cloud
        self._jobs: PipelineServiceClient = gapic_client(PipelineServiceClient, cloud.location)

    def submit(self, run_id: str, spec: dict[str, Any], parameters: dict[str, str], labels: dict[str, str]) -> str:
        """Start a run and return its resource name.

        The low-level client is used because `PipelineJob.submit` asks Resource Manager over gRPC, which hangs for a
        minute without a network (google-cloud-aiplatform 1.165).
        """
        from google.cloud.aiplatform_v1.types import EncryptionSpec, PipelineJob

        key = self._cloud.kms_key
        job = PipelineJob(
            display_name=run_id,
            pipeline_spec=spec,
            labels=labels,
            service_account=self._cloud.service_account,
            encryption_spec=EncryptionSpec(kms_key_name=key) if key else None,
            runtime_config=PipelineJob.RuntimeConfig(
                gcs_output_directory=f"gs://{self._cloud.bucket}/pipeline_root",
                parameter_values=parameters,
            ),
        )
        parent = f"projects/{self._cloud.project}/locations/{self._cloud.location}"
        with as_service_error("submitting the pipeline run", run_id):
            return str(self._jobs.create_pipeline_job(parent=parent, pipeline_job=job, pipeline_job_id=run_id).name)

    def name_of(self, run_id: str) -> str:
        """Resource name of the run with that identifier."""
        return f"projects/{self._cloud.project}/locations/{self._cloud.location}/pipelineJobs/{run_id}"

    def get(self, name: str) -> RunStatus:
        """The run's status now."""
        with as_service_error("reading the pipeline run", name):
            job = self._jobs.get_pipeline_job(name=name)
        tasks = [
            TaskStatus(task.task_name, task.state.name.removeprefix("STATE_"), _seconds(task))
            for task in job.job_detail.task_details
        ]
        return RunStatus(str(job.name), job.state.name.removeprefix("PIPELINE_STATE_"), job.error.message, tasks)

    def cancel(self, name: str) -> None:
        """Cancel the run; its tasks get SIGTERM."""
        with as_service_error("cancelling the pipeline run", name):
            self._jobs.cancel_pipeline_job(name=name)


def _seconds(task: Any) -> float:
    import datetime

    if not task.start_time:
        return 0.0
    end = task.end_time or datetime.datetime.now(datetime.UTC)
    return float((end - task.start_time).total_seconds())
