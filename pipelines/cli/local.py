"""`retune local`: starts, stops and shows local Vertex."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from components.errors import ExitCode, RetuneError
from local_vertex.server import running
from pipelines.cli.local_mode import STATE_DIRECTORY, start_server
from pipelines.cli.output import out

app = typer.Typer(
    help="Start, stop and show local Vertex, the stand-in that `--local` uses.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
StateDirectory = Annotated[Path, typer.Option("--state-dir", help="Where local Vertex keeps its state.")]


@app.command()
def start(
    state_dir: StateDirectory = STATE_DIRECTORY,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 lets the system choose.")] = 0,
    faults: Annotated[Path | None, typer.Option(help="JSON file with a plan of failures on demand.")] = None,
) -> None:
    """Start local Vertex in the background, until it is stopped.

    Example: retune local start --port 8085
    """
    found = running(state_dir) if faults else None
    if found:
        raise RetuneError(
            "LV-RUNNING",
            "local Vertex runs already, so the fault plan was not read",
            f"curl -d @{shlex.quote(str(faults))} {found.base_url}/_faults, or stop it first",
            str(faults),
            ExitCode.CONFIGURATION,
        )
    server = start_server(state_dir, port, idle_shutdown_s=None, faults=faults)
    out.print(f"local Vertex serves at {server.base_url} (state in {state_dir})")


@app.command()
def stop(state_dir: StateDirectory = STATE_DIRECTORY) -> None:
    """Stop local Vertex; its state stays.

    Example: retune local stop
    """
    server = running(state_dir)
    if server:
        server.stop()
    out.print("local Vertex stopped" if server else "local Vertex was not running")


@app.command()
def status(state_dir: StateDirectory = STATE_DIRECTORY) -> None:
    """Show whether local Vertex runs, and where.

    Example: retune local status
    """
    server = running(state_dir)
    out.print(f"local Vertex serves at {server.base_url}" if server else "local Vertex is not running")


@app.command()
def env(state_dir: StateDirectory = STATE_DIRECTORY) -> None:
    """Print the environment variables that point Google's clients at local Vertex, to be evaluated by a shell.

    Example: eval "$(retune local env)"
    """
    for key, value in start_server(state_dir).environment().items():
        print(f"export {key}={shlex.quote(value)}")
