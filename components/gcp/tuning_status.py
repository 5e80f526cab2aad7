"""What the tuning service says about a job, without the SDK's types."""

from __future__ import annotations

import datetime
import email.utils
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from google.genai import types

FINGERPRINT_LABEL = "retune-fingerprint"
RUN_LABEL = "retune-run"
LABEL_LENGTH = 63
"""Label values are limited to 63 characters; a SHA-256 has 64."""

ENDED_WELL = frozenset({"JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED"})
"""google-genai's `has_ended` does not know PARTIALLY_SUCCEEDED and would be polled for ever (types.py, 2.34)."""
ENDED_BADLY = frozenset({"JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_EXPIRED"})

LOST = ENDED_BADLY | {"JOB_STATE_CANCELLING"}
"""States from which no tuned model comes any more."""


class Checkpoint(msgspec.Struct, frozen=True):
    """A checkpoint of the tuned model; each is deployed to an endpoint of its own.

    Attributes:
        checkpoint_id: `checkpointId`.
        epoch: Epoch after which it was saved.
        step: Training step after which it was saved.
        endpoint: Resource name of its endpoint.
    """

    checkpoint_id: str
    epoch: int
    step: int
    endpoint: str


@dataclass(frozen=True)
class DataStatistics:
    """What the service found in the training file (`SupervisedTuningDataStats`).

    Attributes:
        examples: Lines of the file.
        dropped: Examples that are not tuned on; the service drops where its field names say "truncated"
            (google-genai 2.34, types.py).
        dropped_lines: Line numbers of some of them, counted from 1.
        dropped_reasons: Why, one for each of those lines.
        billable_tokens: `totalBillableTokenCount`; whether epochs are multiplied in is not documented.
        steps: Training steps over all epochs.
    """

    examples: int
    dropped: int
    dropped_lines: tuple[int, ...]
    dropped_reasons: tuple[str, ...]
    billable_tokens: int
    steps: int


@dataclass(frozen=True)
class JobStatus:
    """A tuning job now.

    Ages are differences of two times of the service, the reply's `Date` and the job's own, so that a wrong clock on
    this machine does not matter.

    Attributes:
        name: Resource name.
        state: `JOB_STATE_…`.
        detail: `tuningJobState` without its prefix, for example `WAITING_FOR_QUOTA`; empty where it is not reported.
        message: The service's error message; empty without one.
        run_id: Run that started it, from its labels; empty for a job of somebody else.
        created: Creation time as text that sorts by time.
        age_s: Seconds since it was created.
        running_s: Seconds since it started to run; 0 while it waits.
        completed_epochs: Epochs done so far; 0 where the service does not say.
        completed_steps: Training steps done so far; 0 where the service does not say.
        statistics: What the service found in the training file; None until it has read it.
        model: Registry name with version once the job ended well, else empty.
        endpoint: Endpoint of the default checkpoint once the job ended well, else empty.
        checkpoints: Those that are there so far.
        experiment: Resource name of the experiment's metadata context; empty until there is one.
    """

    name: str
    state: str
    detail: str
    message: str
    run_id: str
    created: str
    age_s: float
    running_s: float
    completed_epochs: int
    completed_steps: int
    statistics: DataStatistics | None
    model: str
    endpoint: str
    checkpoints: tuple[Checkpoint, ...]
    experiment: str


def read_status(job: types.TuningJob) -> JobStatus:
    """The status in a job resource of google-genai."""
    tuned, progress, now = job.tuned_model, job.tuning_job_metadata, _service_time(job)
    return JobStatus(
        name=str(job.name),
        state=job.state.value if job.state else "JOB_STATE_UNSPECIFIED",
        detail=(job.tuning_job_state.value if job.tuning_job_state else "").removeprefix("TUNING_JOB_STATE_"),
        message=(job.error.message or "") if job.error else "",
        run_id=(job.labels or {}).get(RUN_LABEL, ""),
        created=job.create_time.isoformat() if job.create_time else "",
        age_s=_seconds(job.create_time, now),
        running_s=_seconds(job.start_time, now),
        completed_epochs=int(progress.completed_epoch_count or 0) if progress else 0,
        completed_steps=int(progress.completed_step_count or 0) if progress else 0,
        statistics=_statistics(job),
        model=(tuned.model or "") if tuned else "",
        endpoint=(tuned.endpoint or "") if tuned else "",
        checkpoints=tuple(
            Checkpoint(str(one.checkpoint_id), int(one.epoch or 0), int(one.step or 0), one.endpoint or "")
            for one in ((tuned.checkpoints or []) if tuned else [])
        ),
        experiment=job.experiment or "",
    )


def _statistics(job: types.TuningJob) -> DataStatistics | None:
    found = job.tuning_data_stats.supervised_tuning_data_stats if job.tuning_data_stats else None
    if found is None:
        return None
    return DataStatistics(
        examples=int(found.tuning_dataset_example_count or 0),
        dropped=int(found.total_truncated_example_count or 0),
        dropped_lines=tuple(int(number) for number in found.truncated_example_indices or []),
        dropped_reasons=tuple(found.dropped_example_reasons or []),
        billable_tokens=int(found.total_billable_token_count or 0),
        steps=int(found.tuning_step_count or 0),
    )


def _service_time(job: types.TuningJob) -> datetime.datetime | None:
    """The time of the reply by the service's clock; a list's entries have no reply of their own."""
    headers = (job.sdk_http_response.headers if job.sdk_http_response else None) or {}
    date = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        return email.utils.parsedate_to_datetime(date)
    except ValueError:
        return job.update_time


def _seconds(since: datetime.datetime | None, now: datetime.datetime | None) -> float:
    """At least a moment once the time is set, because `Date` has no fractions of a second."""
    return max((now - since).total_seconds(), 0.001) if since and now else 0.0
