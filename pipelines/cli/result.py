"""The last screen of a run: verdict, metrics side by side, what serves, where the report is."""

from __future__ import annotations

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
    for warning in summary.warnings:
        console.print(f"  [yellow]warning[/] {escape(warning)}")
    if evaluation:
        console.print()
        console.print(metric_table(evaluation))
    console.print()
    facts = Table.grid(padding=(0, 2))
    if summary.tuning_usd is not None:
        facts.add_row(
            "tuning", f"about ${summary.tuning_usd:.2f} at list price" if summary.tuning_usd else "nothing paid"
        )
    facts.add_row("serving", escape(summary.serving_endpoint or "nothing yet"))
    facts.add_row("report", escape(str(report)) if report else "none")
    console.print(facts)


def show_call(console: Console, project: str, endpoint: str, local: bool) -> None:
    """Print how an application calls what serves now."""
    console.print("\nCall it from Python, unchanged in the cloud:", style="dim")
    if local:
        console.print('  eval "$(retune local env)"', markup=False)
    location = location_of(endpoint, default="us")
    console.print("  from google import genai", markup=False)
    console.print(f'  client = genai.Client(vertexai=True, project="{project}", location="{location}")', markup=False)
    console.print(f'  client.models.generate_content(model="{endpoint}", contents="…").text', markup=False)


def metric_table(evaluation: Evaluation) -> Table:
    """Metrics of base, champion and candidates side by side, with intervals."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(f"{evaluation.rows:,} test rows")
    for result in evaluation.systems:
        table.add_column(_heading(result), justify="right")
    for metric in evaluation.systems[0].metrics:
        cells = [_interval(result, metric) for result in evaluation.systems]
        table.add_row(metric, *cells, style="dim" if PER_FIELD in metric else "")
    table.add_row("coverage", *(f"{result.coverage:.1%}" for result in evaluation.systems))
    table.add_row(
        "latency p50", *(f"{result.latency_p50_ms or 0:.0f} ms" for result in evaluation.systems), style="dim"
    )
    return table


def _heading(result: SystemResult) -> str:
    return f"{result.system.role}\n[dim]{escape(result.system.name)}[/]"


def _interval(result: SystemResult, metric: str) -> str:
    value = result.metrics[metric]
    return f"{value.mean:.3f} [dim]{value.low:.3f}–{value.high:.3f}[/]"
