"""What every pipeline step starts with: its configuration, its storage, and a place for its failure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from components.errors import ExitCode, RetuneError
from components.gcp.cloud_settings import CloudSettings
from components.gcp.ledger import Ledger
from components.gcp.service_errors import as_service_error
from components.gcp.storage import Storage
from components.settings import Section, read_section


@dataclass(frozen=True)
class Step:
    """A running step.

    Attributes:
        name: Name of the model line, from the configuration.
        run_id: Identifier of the pipeline run.
        config: The run configuration as JSON text.
        cloud: Its `cloud` section.
        storage: Cloud Storage of the project.
        ledger: The model line's ledger.
    """

    name: str
    run_id: str
    config: str
    cloud: CloudSettings
    storage: Storage
    ledger: Ledger

    def section(self, key: str, settings: type[Section]) -> Section:
        """One section of the configuration."""
        return read_section(self.config, key, settings)

    @property
    def root(self) -> str:
        """`gs://BUCKET/NAME`, below which everything of this model line lies."""
        return f"gs://{self.cloud.bucket}/{self.name}"


def open_step(config: str, run_id: str) -> Step:
    """The step's surroundings, from the pipeline's `config` parameter."""
    name = str(json.loads(config)["name"])
    cloud = read_section(config, "cloud", CloudSettings)
    storage = Storage(cloud.project)
    ledger = Ledger(storage, f"gs://{cloud.bucket}/{name}/ledger")
    return Step(name, run_id, config, cloud, storage, ledger)


@contextmanager
def running_step(task: str, config: str, run_id: str) -> Iterator[Step]:
    """Run a step's logic; a failure is recorded in the ledger before the task fails.

    Args:
        task: Task name, which names the error record.
        config: The run configuration as JSON text.
        run_id: Identifier of the pipeline run.

    Raises:
        RetuneError: What the block raised; anything else comes as `INTERNAL` with its cause.
    """
    step = open_step(config, run_id)
    try:
        with as_service_error(f"the {task} step"):
            yield step
    except RetuneError as error:
        _record(step, task, error)
        raise
    except Exception as error:
        internal = RetuneError(
            "INTERNAL",
            f"{type(error).__name__} in {task}: {error}",
            "read the task's log; if it is not your environment, report it with the log",
            task,
            ExitCode.INTERNAL,
        )
        _record(step, task, internal)
        raise internal from error


def _record(step: Step, task: str, error: RetuneError) -> None:
    try:
        step.ledger.record_error(step.run_id, task, error)
    except Exception as unwritten:  # storage may be what failed; the first error is the one to show
        error.add_note(f"the failure could not be recorded in the ledger: {type(unwritten).__name__}")
