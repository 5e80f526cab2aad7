"""`retune local`: starts, stops, shows and empties local Vertex."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from components.errors import ExitCode, RetuneError, configuration_error, service_error
from local_vertex.server import RunningServer, running
from local_vertex.state import StateInUseError
from local_vertex.state_directory import remove_state, size_of
from pipelines.cli.local_mode import STATE_DIRECTORY, option, start_server
from pipelines.cli.output import out, print_json

app = typer.Typer(
    help="Start, stop, show and empty local Vertex, the stand-in that `--local` uses.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
StateDirectory = Annotated[Path, typer.Option("--state", help="Where local Vertex keeps its state.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command()
def up(
    state_dir: StateDirectory = STATE_DIRECTORY,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 lets the system choose.")] = 0,
    faults: Annotated[Path | None, typer.Option(help="JSON file with a plan of failures on demand.")] = None,
    as_json: AsJson = False,
) -> None:
    """Start local Vertex in the background, until it is stopped.

    Example: retune local up --port 8085
    """
    found = running(state_dir)
    if found and (faults or port not in (0, found.port)):
        raise configuration_error(
            "LV-RUNNING",
            f"local Vertex runs on this state already, at {found.base_url}",
            _instead(found, state_dir, faults),
            str(faults) if faults else f"--port {port}",
        )
    server = found or start_server(state_dir, port, idle_shutdown_s=None, faults=faults)
    if as_json:
        print_json({**_address(server), "started": not found, "environment": server.environment()})
        return
    out.print(f"local Vertex {'serves already' if found else 'serves'} at {server.base_url}", soft_wrap=True)
    _lines({"console": server.console, "state": state_dir, "next": f'eval "$(retune local env{option(state_dir)})"'})


@app.command()
def down(state_dir: StateDirectory = STATE_DIRECTORY, as_json: AsJson = False) -> None:
    """Stop local Vertex; its state stays.

    Example: retune local down
    """
    server = running(state_dir)
    if server:
        server.stop()
    if as_json:
        print_json({"stopped": bool(server), "state_directory": str(state_dir.absolute())})
    else:
        out.print("local Vertex stopped" if server else "local Vertex was not running")


@app.command()
def status(state_dir: StateDirectory = STATE_DIRECTORY, as_json: AsJson = False) -> None:
    """Show whether local Vertex runs, where, what goes on there, and how large its state is.

    Example: retune local status --json
    """
    server, size = running(state_dir), size_of(state_dir)
    said = _status(server, state_dir) if server else {}
    if as_json:
        known = _address(server) if server else {"state_directory": str(state_dir.absolute())}
        print_json({"running": bool(server), "state_bytes": size, **known, **said})
        return
    if not server:
        out.print("local Vertex is not running")
        _lines({"state": f"{state_dir} ({_megabytes(size)})", "next": f"retune local up{option(state_dir)}"})
        return
    out.print(f"local Vertex serves at {server.base_url}", soft_wrap=True)
    counts = ", ".join(f"{_WORDS[kind]} {number}" for kind, number in said["counts"].items() if number)
    schedules = f"active schedules {said['active_schedules']}" if said["active_schedules"] else ""
    _lines(
        {
            "console": server.console,
            "version": f"{said['version']}, state schema {said['schema_version']}, process {server.pid}",
            "state": f"{state_dir} ({_megabytes(size)})",
            "holds": counts or "nothing yet",
            "runs": ", ".join(filter(None, [*map(_job, said["unfinished"]), schedules])) or "nothing",
            "faults": f"{said['faults']} active" if said["faults"] else "none",
            **({"clock": "the schedules' clock was moved"} if said["clock_stands"] else {}),
        }
    )


@app.command()
def reset(
    state_dir: StateDirectory = STATE_DIRECTORY,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also while jobs are running.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop local Vertex and remove its state: jobs, models, endpoints, schedules and stored objects.

    Reports of runs, and other files in the directory that are not local Vertex's, stay.

    Example: retune local reset --yes
    """
    server, size = running(state_dir), size_of(state_dir)
    jobs = _status(server, state_dir)["unfinished"] if server and not force else []
    if jobs:
        raise configuration_error(
            "LV-JOBS-RUNNING",
            f"{_job(jobs[0])} has not ended" + (f", nor have {len(jobs) - 1} others" if len(jobs) > 1 else ""),
            "wait for it, cancel it, or add --force",
            str(state_dir),
        )
    if not yes:
        question = f"Remove everything that local Vertex keeps in {state_dir} ({_megabytes(size)})?"
        typer.confirm(question, abort=True, err=True)
    if server:
        server.stop()
    try:
        remove_state(state_dir)
    except StateInUseError as error:
        raise RetuneError(
            "LV-STATE-IN-USE", str(error), "stop it first", str(state_dir), ExitCode.CONFIGURATION
        ) from error
    removed = size - size_of(state_dir)
    if as_json:
        print_json({"removed_bytes": removed, "stopped": bool(server), "state_directory": str(state_dir.absolute())})
    else:
        out.print(f"removed {_megabytes(removed)} of state from {state_dir}", soft_wrap=True)


@app.command()
def env(state_dir: StateDirectory = STATE_DIRECTORY, as_json: AsJson = False) -> None:
    """Print the environment variables that point Google's clients at local Vertex, to be evaluated by a shell.

    Starts local Vertex when it is not running; it ends by itself after an hour without a request.

    Example: eval "$(retune local env)"
    """
    variables = start_server(state_dir).environment()
    if as_json:
        print_json(variables)
        return
    for key, value in variables.items():
        print(f"export {key}={shlex.quote(value)}")


_WORDS = {
    "pipelineJobs": "runs",
    "tuningJobs": "tuning jobs",
    "batchPredictionJobs": "batch predictions",
    "models": "model versions",
    "endpoints": "endpoints",
    "schedules": "schedules",
    "buckets": "buckets",
}


def _instead(server: RunningServer, state_dir: Path, faults: Path | None) -> str:
    """What to do about a server that runs already."""
    stop = f"stop it with `retune local down{option(state_dir)}` first"
    if faults:
        return f"curl -d @{shlex.quote(str(faults))} {server.base_url}/_faults, or {stop}"
    return f"use it, or {stop}"


def _address(server: RunningServer) -> dict[str, Any]:
    return {
        "base_url": server.base_url,
        "console": server.console,
        "pid": server.pid,
        "state_directory": str(server.state_directory),
    }


def _status(server: RunningServer, state_dir: Path) -> dict[str, Any]:
    try:
        return server.status()
    except OSError as error:
        raise service_error(
            "LV-NO-STATUS",
            f"local Vertex does not say what it does: {error}",
            f"it may be of an older version: stop it with `retune local down{option(state_dir)}`",
            server.base_url,
        ) from error


def _lines(facts: dict[str, Any]) -> None:
    for label, value in facts.items():
        out.print(f"  {label:<8} {value}", markup=False, soft_wrap=True)


def _job(job: dict[str, str]) -> str:
    return f"{job['kind'].removesuffix('s')} {job['name'].rpartition('/')[2]}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
