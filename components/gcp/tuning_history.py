"""Finished tuning jobs, as a measure of how long the next one takes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from components.gcp.clients import genai_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from google.genai import types

_MOST_JOBS = 300


@dataclass(frozen=True)
class FinishedJob:
    """A tuning job that succeeded.

    Attributes:
        base_model: What it tuned.
        passes: Examples times epochs.
        seconds: From its creation to its end, waiting for quota included.
    """

    base_model: str
    passes: int
    seconds: float


def finished_jobs(cloud: CloudSettings, label: str, value: str) -> list[FinishedJob]:
    """Jobs of the region that succeeded and carry a label.

    Examples and epochs are counted and not tokens, because it is not documented whether `totalBillableTokenCount` is
    for one epoch or all (gemini tuning reference, "open questions").
    """
    from google.genai import types

    client = genai_client(cloud.project, cloud.location)
    config = types.ListTuningJobsConfig(filter=f'labels.{label}="{value}"', page_size=100)
    with as_service_error("listing the tuning jobs"):
        listed = list(islice(client.tunings.list(config=config), _MOST_JOBS))
    found = [_finished(job) for job in listed if (job.labels or {}).get(label) == value]
    return [job for job in found if job is not None]


def _finished(job: types.TuningJob) -> FinishedJob | None:
    statistics = job.tuning_data_stats.supervised_tuning_data_stats if job.tuning_data_stats else None
    specification = job.supervised_tuning_spec
    hyperparameters = specification.hyper_parameters if specification else None
    succeeded = job.state is not None and job.state.value == "JOB_STATE_SUCCEEDED"
    if not (succeeded and statistics and hyperparameters and job.create_time and job.end_time):
        return None
    passes = int(statistics.tuning_dataset_example_count or 0) * int(hyperparameters.epoch_count or 0)
    base_model = job.base_model or (job.pre_tuned_model.base_model if job.pre_tuned_model else None) or ""
    seconds = (job.end_time - job.create_time).total_seconds()
    return FinishedJob(base_model, passes, seconds) if passes and base_model else None
