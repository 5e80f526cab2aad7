"""`retune resolve`: the endpoint that an application is to call."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from components.errors import configuration_error
from components.gcp.ledger import Ledger
from components.gcp.service_errors import as_service_error
from components.gcp.storage import Storage
from pipelines.cli.local_mode import STATE_DIRECTORY, use_local_vertex
from pipelines.cli.opened_line import AsJson, Local, StateDirectory
from pipelines.cli.output import print_json
from pipelines.config import load_config


def resolve(
    name: Annotated[str, typer.Argument(help="The model line; that of --config when not given.")] = "",
    bucket: Annotated[str, typer.Option("--bucket", help="Its bucket, without gs://.")] = "",
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Its configuration, instead of both.")] = None,
    local: Local = False,
    state_dir: StateDirectory = STATE_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Print the resource name of the endpoint where the champion of a model line answers.

    Nothing but the name goes to standard output, so that a script can use it. docs/guides/calling_the_champion.md has
    the same in ten lines of Python for an application.

    Example: retune resolve support-triage --bucket support-triage-demo
    """
    project = os.environ.get("GOOGLE_CLOUD_PROJECT", "")
    if config:
        settings = load_config(config)
        name, bucket, project = name or settings.name, bucket or settings.cloud.bucket, settings.cloud.project
    if not name or not bucket:
        raise configuration_error(
            "CONFIG-LINE",
            "the model line and its bucket are not known",
            "give NAME with --bucket, or --config",
            "retune resolve",
        )
    if local:
        use_local_vertex(state_dir)
    with as_service_error("reading the champion pointer", f"gs://{bucket}/{name}/ledger/champion.json"):
        seen = Ledger(Storage(project or "unknown"), f"gs://{bucket}/{name}/ledger").champion()
    if seen is None:
        raise configuration_error(
            "RELEASE-NONE", "nothing serves yet", "promote a version with `retune run`", f"gs://{bucket}/{name}"
        )
    if as_json:
        print_json(msgspec.to_builtins(seen[0]))
    else:
        typer.echo(seen[0].endpoint)
