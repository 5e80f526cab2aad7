"""What every service of local Vertex is given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from local_vertex.calls import Handler
from local_vertex.clock import Clock
from local_vertex.faults import Faults
from local_vertex.settings import Settings

if TYPE_CHECKING:
    from local_vertex.state import State
    from local_vertex.storage.object_store import ObjectStore


@dataclass(slots=True)
class Context:
    """Shared state of one server.

    Attributes:
        directory: State directory; services keep their content files in a folder of their own below it.
        state: SQLite state, one record per resource.
        objects: The stored objects of Cloud Storage.
        base_url: `http://127.0.0.1:PORT` of this server, for the processes that it starts.
        clock: What schedules go by.
        faults: The rules in force, for services whose work is not one request.
        settings: What the user chose where the service is not documented.
    """

    directory: Path
    state: State
    objects: ObjectStore
    base_url: str
    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    settings: Settings = field(default_factory=Settings)


class Service(ABC):
    """A part of the API, e.g. tuning jobs; one that has nothing under way says nothing of its start and stop."""

    @abstractmethod
    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier (`projects.locations.tuningJobs.create`)."""

    async def start(self) -> None:  # noqa: B027 - most have nothing to resume
        """Called once when the server starts; resumes what a stopped server had under way."""

    async def stop(self) -> None:  # noqa: B027 - most have nothing to end
        """Called once when the server stops; ends child processes."""
