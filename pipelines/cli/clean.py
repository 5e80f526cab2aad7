"""`retune clean`: removes what nobody needs any more."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from components.clock import Clock
from components.endpoint_deployment.clean import plan_cleaning
from components.endpoint_deployment.removal import Removal
from components.endpoint_deployment.rollout_lease import RolloutLease
from components.errors import service_error
from components.step import Step
from pipelines.cli.opened_line import DEFAULT_STATE, AsJson, ConfigFile, Local, StateDirectory, opened_line
from pipelines.cli.output import err, out, print_json


def clean(
    config: ConfigFile,
    older_than: Annotated[float, typer.Option("--older-than", min=0, help="Days; what is younger stays.")] = 30,
    keep_releases: Annotated[int, typer.Option(min=2, help="So many releases can be restored afterwards.")] = 3,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    local: Local = False,
    state_dir: StateDirectory = DEFAULT_STATE,
    as_json: AsJson = False,
) -> None:
    """Remove old snapshots, endpoints of checkpoints, models that were not promoted, and answers to logged prompts.

    They are shown first. Never what serves or what a rollback restores; the ledger, reports and the answers of
    evaluations stay. With --json nothing is removed unless --yes is given.

    Example: retune clean --config examples/support_triage/retune.yaml --older-than 60 --dry-run
    """
    with opened_line(config, "clean", local=local, state_dir=Path(state_dir)) as step:
        found, removed = _clean(step, older_than, keep_releases, dry_run=dry_run, yes=yes, as_json=as_json)
    if as_json:
        print_json({"found": [_record(one) for one in found], "removed": [one.name for one in removed]})
    elif removed:
        counts = Counter(one.kind for one in removed)
        out.print("removed " + ", ".join(f"{number} {kind}s" for kind, number in counts.items()))


def _clean(
    step: Step, older_than: float, keep_releases: int, *, dry_run: bool, yes: bool, as_json: bool
) -> tuple[list[Removal], list[Removal]]:
    """What may go, and what went. Nobody releases while this goes on, so what is not needed stays so."""
    removed: list[Removal] = []
    with RolloutLease(step.ledger, step.run_id, "", Clock()).held() as lease:
        _refuse_after_dead_rollout(lease)
        found = plan_cleaning(step, older_than_days=older_than, keep_releases=keep_releases, now=time.time())
        if not as_json:
            _show(found)
        if found and not dry_run and (yes or (not as_json and typer.confirm("Remove these?", err=True))):
            for one in found:
                lease.check()
                one.remove()
                removed.append(one)
                err.print(f"removed {one.kind} {escape(one.name)}", soft_wrap=True, style="dim")
    return found, removed


def _refuse_after_dead_rollout(lease: RolloutLease) -> None:
    if lease.left_over:
        raise service_error(
            "CLEAN-ROLLOUT",
            "a rollout died, and what it left is not settled",
            "run `retune doctor --fix`, and clean again",
            lease.left_over,
        )


def _show(found: list[Removal]) -> None:
    if not found:
        out.print("nothing to remove")
    for one in found:
        out.print(f"{one.kind:<9} {escape(one.name)}", soft_wrap=True)
        out.print(f"          {escape(one.why)}", soft_wrap=True, style="dim")


def _record(one: Removal) -> dict[str, Any]:
    return {"kind": one.kind, "name": one.name, "why": one.why}
