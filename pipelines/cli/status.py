"""`retune status`: what serves where, and what differs from the ledger."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich.markup import escape
from rich.table import Table

from components.clock import Clock
from components.endpoint_deployment.status import LineStatus, line_status
from components.monitoring.history import History
from components.monitoring.watch import Watch
from pipelines.cli.opened_line import DEFAULT_STATE, AsJson, ConfigFile, Local, StateDirectory, opened_line
from pipelines.cli.output import out, print_json


def status(
    config: ConfigFile,
    local: Local = False,
    state_dir: StateDirectory = DEFAULT_STATE,
    as_json: AsJson = False,
) -> None:
    """Show what serves where, and where ledger, registry and endpoint differ.

    Nothing is changed.

    Example: retune status --config examples/support_triage/retune.yaml
    """
    with opened_line(config, "status", local=local, state_dir=Path(state_dir)) as step:
        found = line_status(step, Clock())
        watch = History(step.storage, step.ledger).last()
    if as_json:
        print_json({**msgspec.to_builtins(found), "watch": msgspec.to_builtins(watch)})
    else:
        _show(found, watch)


def _show(found: LineStatus, watch: Watch | None) -> None:
    champion, record = found.champion, found.release
    if champion is None:
        out.print(f"{found.name}: nothing serves yet")
    else:
        since = f", since {record.released_at} by {record.by or 'a run'}" if record else ""
        out.print(f"[bold]{found.name}[/]  release {champion.release}{escape(since)}", soft_wrap=True)
        _line("model", champion.model)
        _line("endpoint", champion.endpoint)
        _line("tuned from", f"{champion.base_model}, run {champion.run_id}")
        if record and record.why:
            _line("why", record.why)
    if found.previous:
        _line("rollback to", f"release {found.previous.release}, {found.previous.model}")
    if watch:
        _line("watched", f"{watch.watched_at}: {watch.sentence()}{_of_other_release(found, watch)}")
    if found.deployments:
        out.print()
        out.print(_table(found))
    if found.rollout:
        sign = "at work" if found.rollout.alive else "gave no sign of life for two minutes"
        out.print(f"\nrollout by {escape(found.rollout.holder)}: {sign}", soft_wrap=True)
    out.print()
    if not found.drift:
        out.print("ledger, registry and endpoint agree" if champion else "next  retune run --config …", soft_wrap=True)
        return
    for one in found.drift:
        out.print(f"[yellow]{one.code}[/]  {escape(one.what)}", soft_wrap=True)
    out.print("next  retune doctor, which shows what it would do about it", soft_wrap=True)


def _of_other_release(found: LineStatus, watch: Watch) -> str:
    serving = found.champion.release if found.champion else 0
    return (
        "" if watch.release == serving else f" (of release {watch.release})" if watch.release else " (nothing served)"
    )


def _line(name: str, value: str) -> None:
    out.print(f"  {name:<12}{escape(value)}", soft_wrap=True)


def _table(found: LineStatus) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("traffic", justify="right")
    for heading in ("role", "model", "on endpoint"):
        table.add_column(heading, overflow="fold")
    for one in found.deployments:
        table.add_row(f"{one.traffic} %", one.role, escape(_short(one.model)), escape(_short(one.endpoint)))
    return table


def _short(name: str) -> str:
    """`LOCATION/ID@VERSION` of a resource name."""
    parts = name.split("/")
    return f"{parts[3]}/{parts[-1]}" if len(parts) > 4 else name
