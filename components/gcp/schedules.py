"""Vertex AI schedules: find one, pause and resume it, and start the run that it would start."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from components.errors import configuration_error, service_error
from components.gcp.clients import gapic_client
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from google.cloud.aiplatform_v1 import PipelineServiceClient, ScheduleServiceClient

RETRY_FOR_S = 120.0
Kind = Literal["tuning", "monitoring"]
_JOB_FIELDS = ("display_name", "labels", "runtime_config", "service_account", "network", "encryption_spec")
"""What a run of a schedule takes over from its request; other fields of the stored job are the service's own."""


@dataclass(frozen=True)
class Schedule:
    """A schedule and the run that it starts.

    Attributes:
        name: Resource name.
        display_name: What people call it.
        cron: Five fields, after `CRON_TZ=ZONE` where it has a time zone.
        state: `ACTIVE`, `PAUSED` or `COMPLETED`.
        next_run: When the next run is due; None when none is.
        last_run: When the last run was due; None before the first.
        last_response: What the service said about starting it: `OK` or a failure; empty before the first.
        started_runs: Runs so far.
        start_time: No run is due before this time.
        end_time: No run is due after this time; None when it has no end.
        max_runs: Runs after which it ends; 0 when not limited.
        max_starting_runs: Runs that may be started at the same time.
        max_active_runs: Runs that may work at the same time; 0 when not limited.
        allow_queueing: Whether a run beyond the limit waits instead of being skipped.
        template_uri: Address of the compiled pipeline; empty when the schedule carries the pipeline itself.
        service_account: E-mail of the account that the tasks have.
        network: Network that the tasks are peered with; empty for none.
        kms_key: Key of the runs' metadata; empty for Google's.
        failure_policy: Whether a run goes on after a failed task, `PIPELINE_FAILURE_POLICY_…`.
        labels: Labels of the runs.
        pipeline_root: `gs://` folder of the runs' files.
        parameters: The pipeline's parameters.
        job: The request as the service holds it.
    """

    name: str
    display_name: str
    cron: str
    state: str
    next_run: datetime.datetime | None
    last_run: datetime.datetime | None
    last_response: str
    started_runs: int
    start_time: datetime.datetime | None
    end_time: datetime.datetime | None
    max_runs: int
    max_starting_runs: int
    max_active_runs: int
    allow_queueing: bool
    template_uri: str
    service_account: str
    network: str
    kms_key: str
    failure_policy: str
    labels: dict[str, str]
    pipeline_root: str
    parameters: dict[str, str]
    job: Any


class Schedules:
    """Schedules of one project and region."""

    def __init__(self, project: str, location: str) -> None:
        from google.cloud.aiplatform_v1 import PipelineServiceClient, ScheduleServiceClient

        self.parent = f"projects/{project}/locations/{location}"
        self._schedules: ScheduleServiceClient = gapic_client(ScheduleServiceClient, location)
        self._jobs: PipelineServiceClient = gapic_client(PipelineServiceClient, location)

    def find(self, display_name: str) -> list[Schedule]:
        """The schedules of that display name that have not come to their end."""
        from google.cloud.aiplatform_v1.types import ListSchedulesRequest

        request = ListSchedulesRequest(parent=self.parent, filter=f'display_name="{display_name}"')
        with as_service_error("listing the schedules", self.parent):
            found = [_schedule(one) for one in self._schedules.list_schedules(request)]
        return [one for one in found if one.display_name == display_name and one.state != "COMPLETED"]

    def pause(self, name: str) -> None:
        """Start no run until the schedule is resumed; a schedule that is paused already stays so."""
        with as_service_error("pausing the schedule", name):
            self._schedules.pause_schedule(name=name)

    def resume(self, name: str) -> None:
        """Start runs again, from the next one that is due; what was missed meanwhile is left out."""
        with as_service_error("resuming the schedule", name):
            self._schedules.resume_schedule(name=name)

    def start_run(self, schedule: Schedule, run_id: str, changes: Mapping[str, str]) -> tuple[str, bool]:
        """Start the run that the schedule would start, with some parameters changed.

        The identifier makes it safe to repeat: the service accepts it once, so a call whose reply was lost is sent
        again, and whoever comes second is told that the run is there.

        Args:
            schedule: From `find`.
            run_id: Identifier of the run; also its display name.
            changes: Parameters that differ from the schedule's.

        Returns:
            Resource name of the run, and whether it was there already.
        """
        from google.api_core import exceptions, retry
        from google.cloud.aiplatform_v1.types import PipelineJob

        job = PipelineJob({field: getattr(schedule.job, field) for field in _JOB_FIELDS})
        if schedule.template_uri:
            job.template_uri = schedule.template_uri
        else:
            job.pipeline_spec = schedule.job.pipeline_spec
        job.display_name = run_id
        job.runtime_config.parameter_values = {**schedule.parameters, **changes}
        again = retry.Retry(predicate=_is_transient, initial=0.5, timeout=RETRY_FOR_S)
        with as_service_error("submitting the pipeline run", run_id):
            try:
                made = self._jobs.create_pipeline_job(
                    parent=self.parent, pipeline_job=job, pipeline_job_id=run_id, retry=again
                )
            except exceptions.Conflict:
                return f"{schedule.name.rpartition('/schedules/')[0]}/pipelineJobs/{run_id}", True
        return str(made.name), False


def display_name(name: str, kind: Kind = "tuning") -> str:
    """The display name of a model line's schedule, as `terraform/modules/schedule` sets it."""
    return f"retune-{name}" if kind == "tuning" else f"retune-{name} {kind}"


def find_schedule(schedules: Schedules, name: str, kind: Kind = "tuning") -> Schedule:
    """The schedule of a model line.

    Args:
        schedules: Those of the project and region.
        name: Name of the model line.
        kind: Whether the one that retrains is meant, or the one that watches.

    Raises:
        RetuneError: `SCHEDULE-MISSING` or `SCHEDULE-AMBIGUOUS`; `SERVICE-…`.
    """
    wanted = display_name(name, kind)
    found = schedules.find(wanted)
    if not found:
        template = "template_uri" if kind == "tuning" else f"{kind}_template_uri"
        raise configuration_error(
            "SCHEDULE-MISSING",
            f"there is no schedule {wanted}",
            f"apply Terraform with {template} set (terraform/README.md), or correct project, location and name",
            schedules.parent,
        )
    if len(found) > 1:
        raise service_error(
            "SCHEDULE-AMBIGUOUS",
            f"{len(found)} schedules are called {wanted}, and each starts runs",
            "delete those that Terraform does not manage: " + ", ".join(one.name for one in found),
            schedules.parent,
        )
    return found[0]


def _is_transient(error: Exception) -> bool:
    from google.api_core import exceptions, retry

    return bool(retry.if_transient_error(error)) or isinstance(error, exceptions.BadGateway | exceptions.GatewayTimeout)


def _schedule(found: Any) -> Schedule:
    if not found.create_pipeline_job_request:
        raise service_error(
            "SCHEDULE-KIND", "the schedule starts no pipeline runs", "rename it, or name another one", found.name
        )
    job = found.create_pipeline_job_request.pipeline_job
    last = found.last_scheduled_run_response
    return Schedule(
        name=str(found.name),
        display_name=str(found.display_name),
        cron=str(found.cron),
        state=found.state.name,
        next_run=found.next_run_time,
        last_run=last.scheduled_run_time if last else None,
        last_response=str(last.run_response) if last else "",
        started_runs=int(found.started_run_count),
        start_time=found.start_time,
        end_time=found.end_time,
        max_runs=int(found.max_run_count),
        max_starting_runs=int(found.max_concurrent_run_count),
        max_active_runs=int(found.max_concurrent_active_run_count),
        allow_queueing=bool(found.allow_queueing),
        template_uri=str(job.template_uri),
        service_account=str(job.service_account),
        network=str(job.network),
        kms_key=str(job.encryption_spec.kms_key_name),
        failure_policy=job.runtime_config.failure_policy.name,
        labels=dict(job.labels),
        pipeline_root=str(job.runtime_config.gcs_output_directory),
        parameters={key: str(value) for key, value in job.runtime_config.parameter_values.items()},
        job=job,
    )
