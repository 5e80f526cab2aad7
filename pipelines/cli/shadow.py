"""`retune shadow`: logged prompts are asked of champion and candidate, without touching traffic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from pipelines.cli.opened_line import DEFAULT_STATE, AsJson, ConfigFile, Local, StateDirectory, opened_line
from pipelines.cli.output import err, out, print_json
from pipelines.cli.written_file import refuse_to_overwrite, written_file

if TYPE_CHECKING:
    from components.shadow.settings import ShadowLimits
    from components.shadow.shadow_report import ShadowReport
    from components.step import Step

STYLES = {"worse": "bold red", "not worse": "green", "undecided": "yellow", "": "dim"}


def shadow(
    config: ConfigFile,
    candidate: Annotated[
        str, typer.Option(help="Run, or registry name and version; the newest candidate when not given.")
    ] = "",
    prompts: Annotated[
        str, typer.Option(help="JSONL file, gs://…, or bq://PROJECT.DATASET.TABLE; serving.shadow.prompts by default.")
    ] = "",
    rows: Annotated[int | None, typer.Option(min=10, help="Prompts to draw; serving.shadow.rows by default.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the comparison to this file as an HTML page.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file.")] = False,
    local: Local = False,
    state_dir: StateDirectory = DEFAULT_STATE,
    as_json: AsJson = False,
) -> None:
    """Ask champion and candidate the same logged prompts, and compare their answers with intervals.

    Both are asked at their own endpoints: what serves, and the traffic, stay as they are. Logged prompts have no wanted
    answers, so what is compared is what can be: failures, refusals, form, length, latency, cost, agreement, judges.
    Answers are kept and not paid for again; `retune clean` removes them. Exit status 4 when the candidate is worse.

    Example: retune shadow --config examples/support_triage/retune.yaml --prompts logged.jsonl --rows 200
    """
    from components.shadow.find_candidate import find_candidate
    from components.shadow.shadow import run_shadow
    from components.shadow.shadow_page import render_shadow

    if output is not None:
        refuse_to_overwrite(output, force=force)
    with opened_line(config, "shadow", local=local, state_dir=Path(state_dir)) as step:
        source, limits = _wanted(step, prompts, rows)
        tuned = find_candidate(step, candidate)
        report, uri = run_shadow(
            step, tuned, source, limits, lambda line: err.print(line, style="dim", markup=False, soft_wrap=True)
        )
    if output is not None:
        with written_file(str(output), force=force) as stream:
            stream.write(render_shadow(step.name, report).encode())
    if as_json:
        print_json({**_values(report), "verdict": report.verdict, "record": uri})
    else:
        _show(report, uri)
    if report.worse:
        from components.errors import ExitCode

        raise typer.Exit(int(ExitCode.NOT_PROMOTED))


def _wanted(step: Step, prompts: str, rows: int | None) -> tuple[str, ShadowLimits]:
    """Where the prompts are, and what is allowed: what the command says, then what the configuration says."""
    from components.endpoint_deployment.settings import ServingSettings
    from components.errors import configuration_error
    from components.shadow.settings import ShadowLimits

    configured = step.section("serving", ServingSettings).shadow
    source = prompts or (configured.prompts if configured else "")
    if not source:
        raise configuration_error(
            "SHADOW-SOURCE", "no logged prompts are named", "give --prompts, or set serving.shadow.prompts", "--prompts"
        )
    limits: ShadowLimits = configured or ShadowLimits()
    return source, limits.model_copy(update={"rows": rows or limits.rows})


def _values(report: ShadowReport) -> dict[str, object]:
    values: dict[str, object] = msgspec.to_builtins(report)
    return values


def _show(report: ShadowReport, uri: str) -> None:
    out.print(f"candidate  {escape(report.candidate)}\nchampion   {escape(report.champion)}", soft_wrap=True)
    left_out = f", {report.unreadable} more cannot be replayed" if report.unreadable else ""
    out.print(f"prompts    {report.rows:,} of {escape(report.source)}{left_out}\n", soft_wrap=True)
    out.print(_table(report))
    out.print()
    for line in report.lines:
        out.print(escape(line.sentence), style=STYLES[line.verdict], soft_wrap=True)
    out.print()
    for one in report.agreements:
        if one.value is not None:
            bounds = f"{report.confidence:.0%} interval {one.value.low:.1%} to {one.value.high:.1%}"
            out.print(f"{one.name}: {one.value.mean:.1%} of {one.rows:,} rows ({bounds})", soft_wrap=True)
    for name, reasons in report.finish_reasons.items():
        told = ", ".join(f"{escape(reason)} {count:,}" for reason, count in reasons.items())
        out.print(f"finish reasons of the {name}: {told}", soft_wrap=True)
    out.print(f"\nverdict  {report.verdict}\nrecord   {escape(uri)}", soft_wrap=True)


def _table(report: ShadowReport) -> Table:
    from components.shadow.shadow_line import number

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", overflow="fold")
    for heading in ("champion", "candidate", "difference", "interval", "allowed"):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for line in report.lines:
        values = (line.champion, line.candidate, line.difference.mean)
        bounds = f"{number(line.difference.low, line.unit)} to {number(line.difference.high, line.unit)}"
        cells = [number(value, line.unit) for value in values]
        verdict = f"[{STYLES[line.verdict]}]{line.verdict}[/]"
        table.add_row(
            f"{escape(line.name)}{_UNITS[line.unit]}", *cells, bounds, number(line.allowed, line.unit), verdict
        )
    return table


_UNITS = {"share": ", %", "ms": ", ms", "usd": ", $", "characters": ", characters"}
