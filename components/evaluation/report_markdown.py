"""The report in short, as Markdown for the page of the pipeline run: verdict, the gate's sentences, metrics."""

from __future__ import annotations

from collections.abc import Iterator

from components.evaluation.evaluation import Comparison, SystemResult
from components.evaluation.plots.systems import ShownSystem, shown_systems
from components.evaluation.report_data import ReportData
from components.report_page import markdown_text, milliseconds, p_value, points


def render_summary(data: ReportData) -> str:
    """The summary; without texts of examples, and with names from the data escaped."""
    systems = shown_systems(data.evaluation.systems)
    return "\n".join([*_verdict(data), *_scores(data, systems), *_differences(data, systems)]) + "\n"


def _verdict(data: ReportData) -> Iterator[str]:
    heading = data.verdict.verdict if data.verdict else "Evaluation"
    yield f"## {heading}: {markdown_text(data.name)}"
    yield ""
    yield f"{data.evaluation.rows:,} held-out examples, run {markdown_text(data.run_id)}"
    yield ""
    if data.evaluation.overlapping_rows:
        yield f"**{data.evaluation.overlapping_rows:,} of them were trained on: the scores flatter.**\n"
    for reason in data.verdict.reasons if data.verdict else ():
        yield f"- {markdown_text(reason)}"
    yield ""


def _scores(data: ReportData, systems: list[ShownSystem]) -> Iterator[str]:
    yield f"| {data.evaluation.confidence:.0%} intervals | {' | '.join(one.key for one in systems)} |"
    yield "|---|" + "---:|" * len(systems)
    for metric in dict.fromkeys(metric for one in systems for metric in one.result.metrics):
        yield f"| {markdown_text(metric)} | {' | '.join(_score(one.result, metric) for one in systems)} |"
    yield f"| coverage | {' | '.join(f'{one.result.coverage:.1%}' for one in systems)} |"
    yield f"| latency, 95th percentile | {' | '.join(milliseconds(one.result.latency_p95_ms) for one in systems)} |"
    yield f"| cost of 1,000 answers | {' | '.join(_cost(one.result) for one in systems)} |"
    yield ""
    for one in systems:
        yield f"- {one.key}: {markdown_text(one.result.system.name)}"
    yield ""


def _differences(data: ReportData, systems: list[ShownSystem]) -> Iterator[str]:
    """The metrics that the gate looked at; all of them where no gate decided."""
    decided = {check.metric for check in data.verdict.checks if check.metric} if data.verdict else None
    found = [one for one in data.evaluation.comparisons if decided is None or one.metric in decided]
    if not found:
        return
    keys = {one.result.system.fingerprint: one.key for one in systems}
    yield "| metric | candidate | against | points | interval | p, corrected | won | lost |"
    yield "|---|---|---|---:|---:|---:|---:|---:|"
    for one in found:
        yield f"| {markdown_text(one.metric)} | {keys[one.candidate]} | {one.against} | {_difference(one)} |"


def _difference(one: Comparison) -> str:
    shown = one.difference
    interval = f"{points(shown.low)} to {points(shown.high)}"
    return f"{points(shown.mean)} | {interval} | {p_value(one.p_adjusted)} | {one.wins:,} | {one.losses:,}"


def _score(result: SystemResult, metric: str) -> str:
    score = result.metrics.get(metric)
    return f"{score.mean:.1%} ({score.low:.1%} – {score.high:.1%})" if score else "–"


def _cost(result: SystemResult) -> str:
    return "unknown" if result.cost_per_1000_usd is None else f"${result.cost_per_1000_usd.mean:,.4f}"
