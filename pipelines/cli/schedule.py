"""`retune schedule`: shows the schedule of a model line, pauses and resumes it, and starts its run now."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from components.errors import configuration_error
from pipelines.cli.output import out, print_json
from pipelines.cli.scheduled_line import ConfigFile, Location, Name, Project, ScheduledLine, scheduled_line

if TYPE_CHECKING:
    from components.gcp.schedules import Kind, Schedule, Schedules
    from pipelines.config import Config
    from pipelines.schedules import Difference

app = typer.Typer(
    help="Show, pause and resume the schedules that retrain and watch, and start a run now.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Monitoring = Annotated[bool, typer.Option("--monitoring", help="The schedule that watches what serves.")]


@app.command()
def show(
    config: ConfigFile = None,
    project: Project = "",
    location: Location = "",
    name: Name = "",
    monitoring: Monitoring = False,
    as_json: AsJson = False,
) -> None:
    """Show when the schedule runs and what, and with --config where it differs from the repository.

    Example: retune schedule show --config retune.yaml
    """
    line = scheduled_line(config, project, location, name)
    _, schedule = _find(line, monitoring)
    drift = _drift(schedule, config, line.config, _kind(monitoring)) if config and line.config else None
    if as_json:
        compared = None if drift is None else [asdict(one) for one in drift]
        print_json({**_facts(schedule), "parameters": schedule.parameters, "differences": compared})
        return
    _lines(_facts(schedule))
    if drift is not None:
        _print_differences(drift)


@app.command()
def pause(
    config: ConfigFile = None,
    project: Project = "",
    location: Location = "",
    name: Name = "",
    monitoring: Monitoring = False,
    as_json: AsJson = False,
) -> None:
    """Start no scheduled run until `resume`; runs that work go on, and changed datasets still start runs.

    Example: retune schedule pause --config retune.yaml
    """
    schedules, schedule = _find(scheduled_line(config, project, location, name), monitoring)
    if schedule.state != "PAUSED":
        schedules.pause(schedule.name)
    _changed(schedule, "PAUSED", as_json)


@app.command()
def resume(
    config: ConfigFile = None,
    project: Project = "",
    location: Location = "",
    name: Name = "",
    monitoring: Monitoring = False,
    as_json: AsJson = False,
) -> None:
    """Start scheduled runs again; what was due meanwhile is left out.

    Example: retune schedule resume --config retune.yaml
    """
    schedules, schedule = _find(scheduled_line(config, project, location, name), monitoring)
    if schedule.state != "ACTIVE":
        schedules.resume(schedule.name)
    _changed(schedule, "ACTIVE", as_json)


@app.command("run-now")
def run_now(
    config: ConfigFile = None,
    project: Project = "",
    location: Location = "",
    name: Name = "",
    monitoring: Monitoring = False,
    dataset_uri: Annotated[str | None, typer.Option(help="gs:// folder in place of the configured dataset.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Evaluate again; no tuning job is paid for twice.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start the run that the schedule would start, now; the schedule itself does not change and may be paused.

    Example: retune schedule run-now --config retune.yaml
    """
    from pipelines.submit import new_run_id

    if monitoring and force:
        raise configuration_error(
            "CONFIG-FORCE", "--force is for runs that tune", "leave it out: a watch always asks again", "--monitoring"
        )
    line = scheduled_line(config, project, location, name)
    schedules, schedule = _find(line, monitoring)
    changes = {} if monitoring else {"trigger": "manual", "force": "true" if force else "false"}
    if dataset_uri is not None:
        changes["dataset_uri"] = dataset_uri
    run, _ = schedules.start_run(schedule, new_run_id(f"{line.name}-watch" if monitoring else line.name), changes)
    if as_json:
        print_json({"run": run, "schedule": schedule.name})
    else:
        out.print(f"started {run}", soft_wrap=True, markup=False)


def _drift(schedule: Schedule, file: Path, settings: Config, kind: Kind) -> list[Difference]:
    from pipelines.environments import environment_of
    from pipelines.schedules import differences

    environment = environment_of(file, settings.cloud.project)
    return differences(schedule, settings, kind, environment.schedule(kind) if environment else None)


def _kind(monitoring: bool) -> Kind:
    return "monitoring" if monitoring else "tuning"


def _find(line: ScheduledLine, monitoring: bool = False) -> tuple[Schedules, Schedule]:
    from components.gcp.schedules import Schedules, find_schedule

    schedules = Schedules(line.project, line.location)
    return schedules, find_schedule(schedules, line.name, _kind(monitoring))


def _facts(schedule: Schedule) -> dict[str, Any]:
    facts = {key: value for key, value in vars(schedule).items() if key not in ("job", "parameters")}
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in facts.items()}


def _changed(schedule: Schedule, state: str, as_json: bool) -> None:
    if as_json:
        print_json({"name": schedule.name, "state": state, "was": schedule.state})
    else:
        out.print(f"{schedule.display_name} is {state}", soft_wrap=True, markup=False)


def _print_differences(drift: list[Difference]) -> None:
    if not drift:
        out.print("\nthe schedule is what the repository says", style="green")
        return
    out.print("\ndiffers from the repository", style="bold yellow")
    for one in drift:
        out.print(f"  {one.key}: live {one.live}, repository {one.repository}", soft_wrap=True, markup=False)
    for step in dict.fromkeys(one.next_step for one in drift):
        out.print(f"  next   {step}", soft_wrap=True, markup=False)


def _lines(facts: dict[str, Any]) -> None:
    width = max(map(len, facts))
    for key, value in facts.items():
        shown = "-" if value in (None, "") else value
        out.print(f"{key.replace('_', ' '):{width}}  {shown}", soft_wrap=True, markup=False)
