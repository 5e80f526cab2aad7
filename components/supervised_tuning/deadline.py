"""How long a tuning job may take."""

from __future__ import annotations

from components.clock import Clock
from components.gcp.tuning_status import JobStatus
from components.run_planning.settings import TuningSettings


def longest_wait_s(settings: TuningSettings) -> float:
    """How long a candidate may wait for its turn, in seconds.

    The service runs at least one job of a project at a time ("Quotas": concurrent tuning jobs), so in the worst case
    the candidates of a run are tuned one after the other.
    """
    return settings.deadline_minutes * 60 * len(settings.candidates)


class Deadline:
    """Says when a job has taken too long: the deadline counts from its start, and its turn has to come by then.

    What passed before this process looked is told by the service's clock, what passes from then on by this one's.

    Args:
        settings: `deadline_minutes`, and how many candidates share the quota.
        clock: Time source.
    """

    def __init__(self, settings: TuningSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._began: dict[bool, float] = {}

    def is_over(self, job: JobStatus) -> bool:
        """Whether the job, as it was last seen, has taken too long by now."""
        runs = job.running_s > 0
        age = job.running_s if runs else job.age_s
        began = self._began.setdefault(runs, self._clock.now() - age)
        limit = self._settings.deadline_minutes * 60 if runs else longest_wait_s(self._settings)
        return self._clock.now() - began >= limit
