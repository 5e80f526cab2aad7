"""`retune rollback`: an earlier version serves again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from components.endpoint_deployment.rollback import roll_back, rollback_target
from pipelines.cli.opened_line import DEFAULT_STATE, AsJson, ConfigFile, Local, StateDirectory, opened_line, person
from pipelines.cli.output import log_beside, out, print_json


def rollback(
    config: ConfigFile,
    to: Annotated[int | None, typer.Option("--to", min=1, help="Number of the release to restore.")] = None,
    why: Annotated[str, typer.Option("--why", help="Why, in one sentence; kept with the release.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who wants it; you, when not given.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would serve.")] = False,
    local: Local = False,
    state_dir: StateDirectory = DEFAULT_STATE,
    as_json: AsJson = False,
) -> None:
    """Let the version that served before serve again, at once.

    It works whatever has become of the version that serves now, and is a release of its own in the history.

    Example: retune rollback --config examples/support_triage/retune.yaml --why "answers in the wrong language"
    """
    with opened_line(config, "rollback", local=local, state_dir=Path(state_dir)) as step:
        if dry_run:
            target = rollback_target(step, to)
            shown = msgspec.to_builtins(target)
            text = f"release {target.release} would serve again: {target.model} at {target.endpoint}"
        else:
            with log_beside():
                made = roll_back(step, to, person(by), why)
            shown = msgspec.to_builtins(made)
            text = (
                f"release {made.number}: the version of release {made.restores} serves again\n"
                f"  model     {made.champion.model}\n  endpoint  {made.champion.endpoint}"
            )
    if as_json:
        print_json(shown)
    else:
        out.print(escape(text), soft_wrap=True)
