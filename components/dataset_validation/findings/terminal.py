"""Shows a report on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from components.base_models.facts import Prices
from components.dataset_validation.checks.file_facts import FileFacts
from components.dataset_validation.findings.finding import Finding
from components.dataset_validation.findings.report import DatasetReport

SHOWN_PER_RULE = 5
SHOWN_LABELS = 8
_STYLES = {"error": "bold red", "warning": "bold yellow"}


def render(report: DatasetReport, console: Console, prices: Mapping[str, Prices] | None = None) -> None:
    """Print the verdict, the findings by rule with their remedy, and the facts; readable in 80 columns.

    Args:
        report: What was found.
        console: Where to print.
        prices: By base model, to say what an epoch of tuning would cost.
    """
    console.print(_verdict(report))
    for name, price in (prices or {}).items():
        console.print(_cost(report, name, price))
    by_rule = sorted(report.findings, key=lambda one: (one.severity, list(report.counts).index(one.code)))
    for code, found in groupby(by_rule, key=lambda one: one.code):
        console.print(_rule_block(code, list(found), report.counts[code]))
    if report.splits:
        console.print(_facts_table(report.splits))
    for split, facts in report.splits.items():
        if facts.labels:
            console.print(_labels(split, facts))


def _verdict(report: DatasetReport) -> Text:
    counted = f"{report.total('error'):,} error(s), {report.total('warning'):,} warning(s)"
    if report.is_valid:
        return Text.assemble(("The dataset is valid", "bold green"), f": {counted}")
    return Text.assemble(("The dataset is not valid", "bold red"), f": {counted}")


def _cost(report: DatasetReport, base_model: str, prices: Prices) -> Text:
    tokens = report.splits["train"].tokens if "train" in report.splits else 0
    if prices.training is None:
        return Text(f"{base_model}: no training price is published; about {tokens:,} tokens an epoch")
    dollars = tokens * prices.training / 1e6
    return Text(f"{base_model}: about ${dollars:,.2f} an epoch ({tokens:,} tokens, price of {prices.as_of})")


def _rule_block(code: str, found: list[Finding], count: int) -> Group:
    """One rule: its code and count, the first places, and what to do."""
    severity = found[0].severity
    title = Text.assemble("\n", (f"{severity} ", _STYLES[severity]), (code, "bold"), f" ({count:,})")
    places = Table.grid(padding=(0, 2))
    places.add_column(no_wrap=True)
    places.add_column(overflow="fold")
    for finding in found[:SHOWN_PER_RULE]:
        path = f"{finding.json_path}: " if finding.json_path else ""
        places.add_row(Text(_short(finding.where), style="cyan"), Text(f"{path}{finding.message}"))
    hidden = count - min(len(found), SHOWN_PER_RULE)
    if hidden:
        places.add_row(Text("..."), Text(f"{hidden:,} more", style="dim"))
    remedies = dict.fromkeys(finding.remedy for finding in found[:SHOWN_PER_RULE])
    advice = [Padding(Text(f"→ {remedy}", style="green"), (0, 0, 0, 2)) for remedy in remedies]
    return Group(title, Padding(places, (0, 0, 0, 2)), *advice)


def _short(where: str) -> str:
    """A place of at most 30 characters: a longer name loses its beginning, never its line number."""
    return where if len(where) <= 30 else f"...{where[-27:]}"


def _facts_table(splits: dict[str, FileFacts]) -> Padding:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("")
    for split in splits:
        table.add_column(split, justify="right")
    every = splits.values()
    table.add_row("examples", *(f"{facts.rows:,}" for facts in every))
    if any(facts.valid != facts.rows for facts in every):
        table.add_row("without an error", *(f"{facts.valid:,}" for facts in every))
    table.add_row("bytes", *(f"{facts.bytes:,}" for facts in every))
    table.add_row("tokens (estimate)", *(f"{facts.tokens:,}" for facts in every))
    for name, attribute in (
        ("tokens per example", "tokens_per_example"),
        ("turns", "turns"),
        ("prompt characters", "prompt_chars"),
        ("answer characters", "answer_chars"),
    ):
        spread = [getattr(facts, attribute) for facts in every]
        table.add_row(f"{name}, median / max", *(f"{one.p50:,} / {one.max:,}" for one in spread))
    table.add_row("different answers", *(f"{facts.distinct_answers:,}" for facts in every))
    table.add_row("system instructions", *(f"{facts.system_instructions:,}" for facts in every))
    for modality in dict.fromkeys(modality for facts in every for modality in facts.media):
        table.add_row(f"{modality} files", *(f"{facts.media.get(modality, 0):,}" for facts in every))
    if any(facts.languages for facts in every):
        table.add_row("languages (sample)", *(facts.language_line() for facts in every))
    if any(facts.sha256 for facts in every):
        table.add_row("SHA-256", *(facts.sha256[:12] for facts in every))
    if any(facts.dates for facts in every):
        for name in ("oldest", "newest"):
            table.add_row(f"{name} date", *(getattr(facts.dates, name) if facts.dates else "" for facts in every))
    return Padding(table, (1, 0, 0, 0))


def _labels(split: str, facts: FileFacts) -> Text:
    """The most frequent labels on one line; control characters of a label are shown escaped."""
    top = list(facts.labels.items())[:SHOWN_LABELS]
    shown = ", ".join(f"{_printable(label)} {count:,}" for label, count in top)
    more = ", ..." if len(facts.labels) > SHOWN_LABELS else ""
    return Text(f"labels of {split}: {shown}{more}")


def _printable(label: str) -> str:
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in label)
