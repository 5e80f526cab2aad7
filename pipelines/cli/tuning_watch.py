"""How far the candidates of a run are tuned, for whoever follows it."""

from __future__ import annotations

import time
from collections.abc import Callable

from components.errors import RetuneError
from components.gcp.pipeline_jobs import RunStatus
from components.gcp.service_errors import as_service_error
from components.step import Step
from components.supervised_tuning.progress import TuningProgress

LOOK_S = 2.0
PATIENCE_S = 1.0
"""The display does not wait for what it can do without; whoever follows the run notices that the service is gone."""


class TuningWatch:
    """Looks from time to time into the run's records, where its tuning tasks keep their progress.

    Args:
        step: The run.
        now: Time source.
    """

    def __init__(self, step: Step, now: Callable[[], float] = time.monotonic) -> None:
        self._step, self._now = step, now
        self._looked: float | None = None
        self._lines: list[str] = []

    def lines(self, status: RunStatus) -> list[str]:
        """One line for each candidate; none while no candidate is being tuned."""
        if not any(task.name == "tune" and task.state == "RUNNING" for task in status.tasks):
            return []
        if self._looked is None or self._now() - self._looked >= LOOK_S:
            self._looked = self._now()
            try:
                with as_service_error("reading the progress"):
                    known = self._step.ledger.read_folder(
                        self._step.run_id, "progress", TuningProgress, patience_s=PATIENCE_S
                    )
            except RetuneError:
                return self._lines  # what was known stands until the service answers again
            self._lines = [f"  {one.label}: {one.line}" for one in known]
        return self._lines
