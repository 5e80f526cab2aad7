"""RUN on the command line: a run of a model line, or a folder that `retune evaluate` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.step import Step
    from pipelines.config import Config


def open_run(settings: Config | None, run: str, *, local: bool, state_dir: Path) -> Step | None:
    """The model line's surroundings for the run; None where `run` is a folder.

    Raises:
        RetuneError: `CONFIG-MISSING`, it is no folder and no configuration is given.
    """
    from components.errors import configuration_error
    from components.step import open_step
    from pipelines.cli.local_mode import use_local_vertex

    if Path(run).is_dir():
        return None
    if settings is None:
        raise configuration_error(
            "CONFIG-MISSING", "this is no folder, and no model line is given for a run", "give --config", run
        )
    if local:
        use_local_vertex(state_dir)
    return open_step(settings.to_parameter(settings.dataset.files()), run)
