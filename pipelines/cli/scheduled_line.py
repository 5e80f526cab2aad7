"""Which model line a command is about: that of a configuration, or one named by project, location and name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from components.errors import configuration_error
from pipelines.config import Config, load_config

ConfigFile = Annotated[Path | None, typer.Option("--config", "-c", help="The configuration of the model line.")]
Project = Annotated[str, typer.Option(help="Instead of --config: the project.")]
Location = Annotated[str, typer.Option(help="Instead of --config: the region.")]
Name = Annotated[str, typer.Option(help="Instead of --config: the configuration's name.")]


@dataclass(frozen=True)
class ScheduledLine:
    """A model line in its project and region.

    Attributes:
        project: Google Cloud project.
        location: Region.
        name: Name of the model line.
        config: Its configuration; None when it was named by hand.
    """

    project: str
    location: str
    name: str
    config: Config | None


def scheduled_line(config: Path | None, project: str, location: str, name: str) -> ScheduledLine:
    """The model line that the options name.

    Raises:
        RetuneError: `CONFIG-MODEL-LINE`, the options name none or two; `CONFIG-…`, the configuration is wrong.
    """
    named = (project, location, name)
    if (config is None) != all(named) or (config and any(named)):
        raise configuration_error(
            "CONFIG-MODEL-LINE",
            "it is not clear which model line is meant",
            "give --config FILE, or --project, --location and --name together",
        )
    if config is None:
        return ScheduledLine(project, location, name, None)
    settings = load_config(config)
    return ScheduledLine(settings.cloud.project, settings.cloud.location, settings.name, settings)
