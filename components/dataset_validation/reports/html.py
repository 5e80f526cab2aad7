"""The validation report as one HTML page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from components.dataset_validation.checks.file_facts import FileFacts
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.reports.examples import SideBySide
from components.dataset_validation.rules.catalogue import RULES
from components.report_page import page_environment

SHOWN_LABELS = 20
_MEASURES = (
    ("tokens_per_example", "Tokens of an example (estimate)"),
    ("prompt_chars", "Characters of a prompt"),
    ("answer_chars", "Characters of an answer"),
)


def render_html(report: DatasetReport, *, title: str, pairs: Sequence[SideBySide] = ()) -> str:
    """The report as an HTML page: no script, no request to anywhere, all content escaped.

    Args:
        report: What was found.
        title: Heading, such as the name of the model line or of the files.
        pairs: Examples to show side by side; without them the page holds no text of the dataset but labels.
    """
    by_code = sorted(report.findings, key=lambda one: (one.severity, list(report.counts).index(one.code)))
    groups = [(code, list(found)) for code, found in groupby(by_code, key=lambda one: one.code)]
    template = page_environment("components.dataset_validation.reports").get_template("dataset.html.j2")
    return template.render(
        title=title,
        report=report,
        groups=groups,
        rules=RULES,
        pairs=pairs,
        charts=[
            (split, name, _bars(getattr(facts, key).bars))
            for key, name in _MEASURES
            for split, facts in report.splits.items()
        ],
        labels=_labels(report.splits),
        modalities=list(dict.fromkeys(modality for facts in report.splits.values() for modality in facts.media)),
    )


def _bars(bars: Sequence[tuple[int, int, int]]) -> list[dict[str, Any]]:
    """Bars without the empty ones at both ends, with heights from 0 to 100."""
    filled = [number for number, (_, _, count) in enumerate(bars) if count]
    kept = bars[filled[0] : filled[-1] + 1] if filled else []
    highest = max((count for _, _, count in kept), default=1)
    return [
        {"low": low, "high": high - 1, "count": count, "height": 100 * count / highest} for low, high, count in kept
    ]


def _labels(splits: dict[str, FileFacts]) -> list[tuple[str, list[int], list[float]]]:
    """The most frequent labels with their count and share in each split."""
    total: dict[str, int] = {}
    for facts in splits.values():
        for label, count in facts.labels.items():
            total[label] = total.get(label, 0) + count
    ranked = sorted(total, key=lambda label: (-total[label], label))[:SHOWN_LABELS]
    most = max((count for facts in splits.values() for count in facts.labels.values()), default=1)
    return [
        (
            label,
            [facts.labels.get(label, 0) for facts in splits.values()],
            [100 * facts.labels.get(label, 0) / most for facts in splits.values()],
        )
        for label in ranked
    ]
