"""`retune plan`: what a run would do, and what it would cost, without starting anything."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from components.gcp.service_errors import as_service_error
from components.run_planning.planner import PlannedRun, plan_run
from components.run_planning.records import NO_RECORDS, Records, read_records
from components.run_planning.run_configuration import read_configuration
from components.step import open_step
from pipelines.cli.local_mode import STATE_DIRECTORY, use_local_vertex
from pipelines.cli.output import out, print_json
from pipelines.cli.plan_table import show_plan
from pipelines.cli.unsubmitted_dataset import read_dataset
from pipelines.config import load_config


def plan(
    config: Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")],
    local: Annotated[bool, typer.Option("--local", help="Ask local Vertex on this machine.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Ask nobody: no earlier runs, tokens estimated.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Plan as `retune run --force` would.")] = False,
    state_dir: Annotated[Path, typer.Option("--state", help="State of local Vertex.")] = STATE_DIRECTORY,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of local Vertex; 0 lets the system choose.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a run would tune, reuse and cost, and how long it would take; nothing is started.

    Exit status: 0 the run would go ahead or be skipped, 2 it would be refused (budget, price, base model), 3 the
    dataset is invalid, 5 the service does not answer.

    Example: retune plan --config examples/support_triage/retune.yaml --offline
    """
    settings = load_config(config)
    if local and not offline:
        use_local_vertex(state_dir, port)
    dataset = read_dataset(settings, config.parent)
    parameter = settings.to_parameter({split: facts.uri for split, facts in dataset.snapshot.splits.items()})
    planned = plan_run(
        dataset,
        read_configuration(parameter),
        NO_RECORDS if offline else _records(parameter),
        datetime.datetime.now(datetime.UTC).date(),
        ask_service=not offline,
        force=force,
    )
    if as_json:
        print_json(_as_json(planned))
    else:
        show_plan(out, settings.name, planned.plan, asked=not offline)
    if planned.refusal:
        raise planned.refusal


def _records(parameter: str) -> Records:
    with as_service_error("reading what earlier runs left"):
        return read_records(open_step(parameter, "plan"))


def _as_json(planned: PlannedRun) -> dict[str, Any]:
    """The plan with labels of the candidates, and why it would be refused."""
    shown: dict[str, Any] = msgspec.to_builtins(planned.plan)
    for candidate, label in zip(shown["candidates"], [one.label for one in planned.plan.candidates], strict=True):
        candidate["label"] = label
    return {**shown, "refusal": planned.refusal.to_record() if planned.refusal else None}
