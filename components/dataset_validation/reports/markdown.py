"""The validation report as Markdown, for the page of the pipeline run and for pull requests."""

from __future__ import annotations

from components.dataset_validation.checks.file_facts import FileFacts
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.rules.catalogue import RULES
from components.report_page import markdown_text

SHOWN = 10


def render_markdown(report: DatasetReport) -> str:
    """Verdict, counts by rule, the first findings and the facts; without texts of the dataset."""
    verdict = "valid" if report.is_valid else "not valid"
    lines = [
        f"## The dataset is {verdict}",
        "",
        f"{report.total('error'):,} error(s), {report.total('warning'):,} warning(s)",
        "",
    ]
    if report.counts:
        severity = {finding.code: finding.severity for finding in report.findings}
        lines += ["| rule | severity | findings | remedy |", "|---|---|---:|---|"]
        lines += [
            f"| `{code}` | {severity[code]} | {count:,} | {markdown_text(RULES[code].remedy)} |"
            for code, count in report.counts.items()
        ]
        lines += ["", "| where | what |", "|---|---|"]
        lines += [f"| {markdown_text(one.where)} | {markdown_text(one.message)} |" for one in report.findings[:SHOWN]]
        lines.append("")
    lines += ["| | examples | tokens (estimate) | different answers |", "|---|---:|---:|---:|"]
    lines += [
        f"| {split} | {facts.rows:,} | {facts.tokens:,} | {facts.distinct_answers:,} |"
        for split, facts in report.splits.items()
    ]
    lines += [f"\n{split}: {_files(facts)}" for split, facts in report.splits.items() if facts.media]
    return "\n".join(lines) + "\n"


def _files(facts: FileFacts) -> str:
    return ", ".join(f"{count:,} {modality} file(s)" for modality, count in facts.media.items())
