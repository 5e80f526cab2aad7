"""The last screen of a run: verdict, metrics side by side, what serves, where the report is."""

from __future__ import annotations

import itertools
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from components.evaluation.evaluation import Evaluation, SystemResult
from components.gcp.resource_names import location_of
from components.notification.summary import RunSummary

VERDICT_STYLES = {"promote": "bold green", "hold": "bold yellow", "inconclusive": "bold yellow", "skipped": "bold cyan"}
PER_FIELD = ":"


def show_result(console: Console, summary: RunSummary, evaluation: Evaluation | None, report: Path | None) -> None:
    """Print what a person wants to know when a run has ended well."""
    verdict = summary.verdict
    console.print(f"\n[{VERDICT_STYLES[verdict]}]{verdict}[/]")
    for reason in summary.reasons:
        console.print(f"  {escape(reason)}")
    for failure in summary.failures:
        console.print(f"  [yellow]failed[/] {escape(f'{failure.task}: {failure.code}, {failure.message}')}")
    for failure in summary.undelivered:
        console.print(f"  [yellow]not told[/] {escape(f'{failure.code}, {failure.message}')}")
    for warning in summary.warnings:
        console.print(f"  [yellow]warning[/] {escape(warning)}")
    if evaluation:
        console.print()
        console.print(metric_table(evaluation))
        console.print()
        console.print(system_names(evaluation))
        console.print(f"± is the wider half of the {evaluation.confidence:.0%} interval", style="dim")
    console.print()
    if summary.tuning_usd is not None:
        paid = f"about ${summary.tuning_usd:.2f} at list price" if summary.tuning_usd else "nothing paid"
        console.print(f"tuning   {paid}")
    console.print(f"serving  {escape(summary.serving_endpoint or 'nothing yet')}", soft_wrap=True)
    console.print(f"report   {escape(str(report or 'none'))}", soft_wrap=True)


def show_call(console: Console, project: str, endpoint: str, environment: str) -> None:
    """Print how an application calls what serves now.

    Args:
        console: Where to print.
        project: Project of the endpoint.
        endpoint: Resource name.
        environment: Shell line that leads the client to local Vertex; empty in the cloud.
    """
    location = location_of(endpoint, default="us")
    lines = [
        "from google import genai",
        f'client = genai.Client(vertexai=True, project="{project}", location="{location}")',
        f'client.models.generate_content(model="{endpoint}", contents="…").text',
    ]
    console.print("\nCall it from Python, here and in the cloud alike:", style="dim")
    for line in [environment, *lines] if environment else lines:
        console.print(f"  {line}", markup=False, soft_wrap=True)


def metric_table(evaluation: Evaluation) -> Table:
    """Metrics of base, champion and candidates side by side; ± is the wider half of the interval."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(f"{evaluation.rows:,} test rows", no_wrap=True)
    for heading in headings(evaluation):
        table.add_column(heading, justify="right", no_wrap=True)
    for metric in evaluation.systems[0].metrics:
        cells = [_interval(result, metric) for result in evaluation.systems]
        table.add_row(metric, *cells, style="dim" if PER_FIELD in metric else "")
    table.add_row("coverage", *(f"{result.coverage:.1%}" for result in evaluation.systems))
    table.add_row("latency p50", *(f"{result.latency_p50_ms or 0:.0f} ms" for result in evaluation.systems))
    return table


def headings(evaluation: Evaluation) -> list[str]:
    """`base`, `champion`, and `candidate`, numbered when there are several: short enough to stand side by side."""
    several = len(evaluation.in_role("candidate")) > 1
    numbers = itertools.count(1)
    return [
        f"candidate {next(numbers)}" if several and result.system.role == "candidate" else result.system.role
        for result in evaluation.systems
    ]


def system_names(evaluation: Evaluation) -> Table:
    """Which model stands behind each heading."""
    names = Table.grid(padding=(0, 2))
    for heading, result in zip(headings(evaluation), evaluation.systems, strict=True):
        names.add_row(heading, escape(result.system.name), style="dim")
    return names


def _interval(result: SystemResult, metric: str) -> str:
    value = result.metrics[metric]
    wider = max(value.mean - value.low, value.high - value.mean)
    return f"{value.mean:.3f} [dim]±{wider:.3f}[/]"
