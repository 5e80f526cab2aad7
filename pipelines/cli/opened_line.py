"""What the commands about releases share: the model line of a configuration, and who gives the command."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from components.gcp.clients import account
from components.gcp.service_errors import as_service_error
from components.step import Step, open_step
from pipelines.cli.local_mode import STATE_DIRECTORY, use_local_vertex
from pipelines.config import Config, load_config
from pipelines.submit import new_run_id

ConfigFile = Annotated[Path, typer.Option("--config", "-c", help="The configuration file of the model line.")]
Local = Annotated[bool, typer.Option("--local", help="On this machine, against local Vertex.")]
StateDirectory = Annotated[Path, typer.Option("--state", help="State of local Vertex.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
DEFAULT_STATE = STATE_DIRECTORY


@contextmanager
def opened_line(config: Path | Config, command: str, *, local: bool, state_dir: Path) -> Iterator[Step]:
    """The model line of a configuration file; failures of the service inside the block are errors for people.

    Args:
        config: The configuration file, or what was read from it.
        command: Names the command in what it writes to the ledger.
        local: Talk to local Vertex, started when it does not run.
        state_dir: State of local Vertex.
    """
    settings = load_config(config) if isinstance(config, Path) else config
    if local:
        use_local_vertex(state_dir)
    parameter = settings.to_parameter(settings.dataset.files())
    with as_service_error(f"`retune {command}`", f"gs://{settings.cloud.bucket}/{settings.name}"):
        yield open_step(parameter, new_run_id(f"{settings.name}-{command}"))


def person(given: str = "") -> str:
    """Who gives the command: as given, or the user of this machine with the account that the service sees."""
    if given:
        return given
    seen = account()
    return f"{getpass.getuser()} ({seen})" if seen else getpass.getuser()
