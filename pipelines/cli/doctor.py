"""`retune doctor`: what differs from the ledger and the repository, and with --fix its repair."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from components.clock import Clock
from components.endpoint_deployment.drift import Finding
from components.endpoint_deployment.rollout_lease import RolloutLease, current_rollout
from components.endpoint_deployment.settle import drift, settle
from components.errors import ExitCode
from components.step import Step
from pipelines.cli.opened_line import DEFAULT_STATE, AsJson, ConfigFile, Local, StateDirectory, opened_line
from pipelines.cli.output import err, log_beside, out, print_json
from pipelines.cli.schedule_findings import schedule_findings
from pipelines.config import load_config


def doctor(
    config: ConfigFile,
    fix: Annotated[bool, typer.Option("--fix", help="Repair what can be repaired, after showing it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before repairing.")] = False,
    local: Local = False,
    state_dir: StateDirectory = DEFAULT_STATE,
    as_json: AsJson = False,
) -> None:
    """Compare ledger, registry, endpoint and schedule, and say what would make them agree; with --fix, do it.

    The champion pointer of the ledger decides what is to serve. What both schedules run, and when, is decided
    by the configuration and by the file of terraform/environments that names it; they are Terraform's and not repaired
    here. With --json nothing is repaired unless --yes is given. Exit status 5 when something differs and was not
    repaired.

    Example: retune doctor --config examples/support_triage/retune.yaml --fix
    """
    settings = load_config(config)
    with opened_line(settings, "doctor", local=local, state_dir=Path(state_dir)) as step:
        clock = Clock()
        rolling = current_rollout(step.ledger, clock)
        scheduled, remarks = schedule_findings(config, settings)
        found = drift(step, rolling[0].model if rolling else "") + scheduled
        if not as_json:
            _show(found, remarks, rolling[0].holder if rolling else "", alive=bool(rolling and rolling[1]))
        repairable = rolling or any(one.repair for one in found)
        repaired = bool(fix and repairable and _wanted(yes, as_json) and _repair(step, clock))
        left = drift(step) + scheduled if repaired else found
    if as_json:
        shown = {"found": [_record(one) for one in found], "left": [_record(one) for one in left]}
        rollout = {"holder": rolling[0].holder, "alive": rolling[1]} if rolling else None
        print_json({**shown, "repaired": repaired, "remarks": remarks, "rollout": rollout})
    elif repaired:
        out.print("repaired" if not left else f"{len(left)} differences are left for a person")
    if left:
        raise typer.Exit(int(ExitCode.SERVICE_FAILURE))


def _repair(step: Step, clock: Clock) -> bool:
    with RolloutLease(step.ledger, step.run_id, "", clock).held() as lease, log_beside():
        # The ledger may have changed while the reader made up their mind: what is repaired is looked up again.
        settle(step, lease.left_over, clock)
    return True


def _wanted(yes: bool, as_json: bool) -> bool:
    return yes or (not as_json and typer.confirm("Repair this?", err=True))


def _show(found: list[Finding], remarks: list[str], holder: str, *, alive: bool) -> None:
    if holder:
        sign = "is changing what serves at this moment" if alive else "began a rollout and gave no sign of life since"
        err.print(f"{escape(holder)} {sign}", soft_wrap=True)
    if not found:
        out.print(f"ledger, registry{', endpoint and schedules' if not remarks else ' and endpoint'} agree")
    for one in found:
        out.print(f"[yellow]{one.code}[/]  {escape(one.what)}", soft_wrap=True)
        out.print(f"  {'--fix  ' if one.repair else 'you    '}{escape(one.fix)}", soft_wrap=True)
    for remark in remarks:
        out.print(f"note  {escape(remark)}", soft_wrap=True, style="dim")


def _record(one: Finding) -> dict[str, Any]:
    return {"code": one.code, "what": one.what, "fix": one.fix, "repairable": one.repair is not None}
