"""What earlier runs left, as far as planning asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from components.dataset_validation.lines.line_stream import BinarySource
from components.gcp.ledger import Champion
from components.gcp.tuning_history import FinishedJob, finished_jobs
from components.gcp.tuning_jobs import TuningJobs
from components.gcp.tuning_status import LOST
from components.line_labels import LINE_LABEL
from components.step import Step


@dataclass(frozen=True)
class Records:
    """Earlier runs.

    Attributes:
        champion: What serves now.
        outcome: What a plan of this key led to last time; None when it was never carried through.
        existing_job: Resource name of a usable tuning job with a fingerprint, or empty text.
        finished: Jobs of this model line that succeeded.
        last_success: The last run that reached a verdict; empty without one.
        last_train: Opens the training file of that run; None without one.
    """

    champion: Champion | None
    outcome: Callable[[str], dict[str, Any] | None]
    existing_job: Callable[[str], str]
    finished: list[FinishedJob]
    last_success: str
    last_train: BinarySource | None


NO_RECORDS = Records(None, lambda key: None, lambda fingerprint: "", [], "", None)
"""What is known where nobody is asked."""


def read_records(step: Step) -> Records:
    """What ledger and tuning service know.

    Raises:
        RetuneError: `SERVICE-…`.
    """
    jobs, seen, last = TuningJobs(step.cloud), step.ledger.champion(), step.ledger.last_success()
    there = last is not None and step.storage.exists(last.train_uri)
    return Records(
        champion=seen[0] if seen else None,
        outcome=step.ledger.read_outcome,
        existing_job=lambda fingerprint: next(
            (job.name for job in jobs.find(fingerprint) if job.state not in LOST), ""
        ),
        finished=finished_jobs(step.cloud, LINE_LABEL, step.name[:63]),
        last_success=last.run_id if last and there else "",
        last_train=partial(step.storage.open, last.train_uri) if last and there else None,
    )
