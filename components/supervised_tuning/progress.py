"""How far a tuning job is, for the task's log and for the command line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from components.clock import Clock
from components.gcp.tuning_status import JobStatus

SHOWN_EVERY_S = 600.0


class TuningProgress(msgspec.Struct, frozen=True):
    """How far the tuning of a candidate is.

    Attributes:
        label: The candidate, for people.
        state: The job's state in words, for example `running` or `queued, waiting for quota`.
        completed_epochs: Epochs done so far.
        epochs: Epochs in all.
        completed_steps: Training steps done so far; 0 where the service does not say.
        steps: Training steps in all; 0 until the service has read the training file.
        elapsed_s: Seconds since the job started to run, or since it was created while it waits.
        left_s: Estimated seconds to its end, from the steps or epochs so far; None before the first.
    """

    label: str
    state: str
    completed_epochs: int
    epochs: int
    completed_steps: int
    steps: int
    elapsed_s: float
    left_s: float | None

    @property
    def line(self) -> str:
        """The progress in one line without the candidate's name."""
        parts = [self.state]
        if self.completed_epochs or self.steps:
            parts.append(f"epoch {self.completed_epochs} of {self.epochs}")
        if self.completed_steps and self.steps:
            parts.append(f"step {self.completed_steps:,} of {self.steps:,}")
        parts.append(f"{_duration(self.elapsed_s)} so far")
        if self.left_s is not None:
            parts.append(f"about {_duration(self.left_s)} left")
        return ", ".join(parts)


def progress_of(job: JobStatus, label: str, epochs: int) -> TuningProgress:
    """The progress of a job that tunes for so many epochs."""
    steps = job.statistics.steps if job.statistics else 0
    done = job.completed_steps / steps if steps and job.completed_steps else job.completed_epochs / epochs
    return TuningProgress(
        label=label,
        state=_words(job),
        completed_epochs=job.completed_epochs,
        epochs=epochs,
        completed_steps=job.completed_steps,
        steps=steps,
        elapsed_s=job.running_s or job.age_s,
        left_s=job.running_s * (1 - done) / done if job.running_s and 0 < done <= 1 else None,
    )


class ProgressLog:
    """Prints progress when it changes, and from time to time when it does not.

    Args:
        label: The candidate, for people.
        epochs: Epochs in all.
        clock: Time source.
        keep: Told what is printed, to keep it for whoever follows the run.
    """

    def __init__(self, label: str, epochs: int, clock: Clock, keep: Callable[[TuningProgress], None]) -> None:
        self._of = partial(progress_of, label=label, epochs=epochs)
        self._clock, self._keep = clock, keep
        self._shown: tuple[str, int, int] | None = None
        self._shown_at = 0.0

    def show(self, job: JobStatus) -> None:
        """Take note of a status."""
        progress = self._of(job)
        seen = (progress.state, progress.completed_epochs, progress.completed_steps)
        if seen != self._shown or self._clock.now() - self._shown_at >= SHOWN_EVERY_S:
            self._shown, self._shown_at = seen, self._clock.now()
            print(progress.line, flush=True)
            self._keep(progress)


def _words(job: JobStatus) -> str:
    state, detail = (text.replace("_", " ").lower() for text in (job.state.removeprefix("JOB_STATE_"), job.detail))
    under_way = state in ("queued", "pending", "running")
    return f"{state}, {detail}" if under_way and detail not in ("", "tuning") else state


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
