"""What the service leaves undocumented and local Vertex does one way or the other, as its user chooses."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from local_vertex.calls import Json, invalid_argument

CHOICES = {"above_tuning_quota": ("wait", "refuse"), "weighted_traffic": ("accept", "refuse")}


@dataclass(slots=True)
class Settings:
    """The choices of one server.

    Attributes:
        concurrent_tuning_jobs: Quota of tuning jobs that a project has under way at a time, 1 or more.
        above_tuning_quota: Whether further tuning jobs `wait` in JOB_STATE_QUEUED, or create is answered with 429.
        weighted_traffic: Whether the traffic of an endpoint may be split between several deployed models. For tuned
            Gemini models the service's documents do not say.
    """

    concurrent_tuning_jobs: int = 2
    above_tuning_quota: str = "wait"
    weighted_traffic: str = "accept"

    def change(self, changes: Json) -> None:
        """Change all of them or none.

        Raises:
            ServiceError: 400, naming what is wrong.
        """
        for name, value in changes.items():
            _check(name, value)
        for name, value in changes.items():
            setattr(self, name, value)

    def to_record(self) -> Json:
        """The settings as JSON."""
        return asdict(self)


def _check(name: str, value: Any) -> None:
    if name == "concurrent_tuning_jobs":
        # JSON's true is an int to Python.
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise invalid_argument("the setting 'concurrent_tuning_jobs' is a whole number of at least 1")
    elif name not in CHOICES:
        raise invalid_argument(f"unknown setting '{name[:70]}'; known: concurrent_tuning_jobs, {', '.join(CHOICES)}")
    elif value not in CHOICES[name]:
        raise invalid_argument(f"the setting '{name}' is one of {CHOICES[name]}")
