"""`retune releases`: the history of what served, with its evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape

from components.endpoint_deployment.history import effective, read_releases, standing
from components.endpoint_deployment.release_record import Release
from components.errors import configuration_error
from pipelines.cli.opened_line import DEFAULT_STATE, AsJson, ConfigFile, Local, StateDirectory, opened_line
from pipelines.cli.output import out, print_json


def releases(
    config: ConfigFile,
    number: Annotated[int | None, typer.Argument(min=1, help="Show this release only, with all its evidence.")] = None,
    local: Local = False,
    state_dir: StateDirectory = DEFAULT_STATE,
    as_json: AsJson = False,
) -> None:
    """Show the releases, newest first: what served when, who let it serve, why, and where the evidence is.

    Example: retune releases --config examples/support_triage/retune.yaml
    """
    with opened_line(config, "releases", local=local, state_dir=Path(state_dir)) as step:
        found = read_releases(step.ledger)
        seen = step.ledger.champion()
    champion = seen[0] if seen else None
    took_effect = {one.number for one in effective(found, champion)}
    wanted = [found[key] for key in sorted(found, reverse=True) if number in (None, key)]
    if number is not None and not wanted:
        raise configuration_error(
            "RELEASE-UNKNOWN", f"there is no release {number}", "see `retune releases`", f"release {number}"
        )
    standings = {one.number: standing(one, took_effect, champion) for one in wanted}
    if as_json:
        print_json([{**msgspec.to_builtins(one), "standing": standings[one.number]} for one in wanted])
        return
    if not wanted:
        out.print("no release yet")
    for one in wanted:
        _show(one, standings[one.number], whole=number is not None)


def _show(one: Release, stands: str, *, whole: bool) -> None:
    style = {"serves": "bold green", "served": "", "never served": "dim"}[stands]
    what = f"rollback to release {one.restores}" if one.kind == "rollback" else "promotion"
    out.print(f"{one.number:>4}  {stands:<12}  {one.released_at}  {what}", style=style, soft_wrap=True)
    for name, value in _facts(one, whole).items():
        if value:
            out.print(f"      {name:<11}{escape(str(value))}", soft_wrap=True)


def _facts(one: Release, whole: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {"model": one.champion.model, "by": one.by, "why": one.why}
    if one.origin:
        facts["from"] = f"release {one.origin.release} of {one.origin.ledger}, {one.origin.model}"
    facts["report"] = one.report_uri
    if whole:
        facts |= {
            "endpoint": one.champion.endpoint,
            "base model": one.champion.base_model,
            "run": one.champion.run_id,
            "tuning job": one.tuning_job,
            "snapshot": one.snapshot_uri,
            "evaluation": one.evaluation_uri,
            "shadow": one.shadow_uri,
            "before it": f"release {one.previous.release}" if one.previous else "nothing",
        }
        facts |= {f"gate {number}": reason for number, reason in enumerate(one.reasons, start=1)}
        facts |= {f"at {step.share} %": step.sentence() for step in one.steps}
    return facts
