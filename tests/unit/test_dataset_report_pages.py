"""The HTML and Markdown pages of a validation: complete, escaped, and readable at a phone's width."""

from __future__ import annotations

import io
import json
import re
from functools import partial
from pathlib import Path

import pytest

from components.dataset_validation.checks.limits import strictest_limits
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.reports.examples import SHOWN_CHARS, side_by_side
from components.dataset_validation.reports.html import render_html
from components.dataset_validation.reports.markdown import render_markdown
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.validator import validate_dataset
from pipelines.catalogue import catalogue
from tests.chromium import CHROMIUM
from tests.local_vertex.console.browser import browser
from tests.unit.evaluation_report import CSP, HOSTILE, RAN, SIDEWAYS


def line(prompt: str, answer: str) -> bytes:
    turns = [{"role": "user", "parts": [{"text": prompt}]}, {"role": "model", "parts": [{"text": answer}]}]
    return json.dumps({"contents": turns}).encode() + b"\n"


def hostile_files() -> dict[str, list[DataFile]]:
    asked = HOSTILE + "long " * 200
    train = b"".join(line(f"question {number}", HOSTILE[:60] if number % 3 else "b") for number in range(60))
    train += line(asked, "a") + line(asked, "b") + b'{"<script>x</script>": 1}\n' * 30
    data = {"train": train, "test": line(asked, "a") + line("x", "y")}
    return {split: [DataFile(f"{split}<b>.jsonl", partial(io.BytesIO, one))] for split, one in data.items()}


@pytest.fixture(scope="module")
def report() -> DatasetReport:
    limits = strictest_limits({"gemini-2.5-flash": catalogue({})["gemini-2.5-flash"]})
    return validate_dataset(hostile_files(), ValidationSettings(), limits)


@pytest.fixture(scope="module")
def page(report: DatasetReport) -> str:
    return render_html(report, title=HOSTILE, pairs=side_by_side(report.findings, hostile_files()))


def test_every_rule_count_and_fact_is_there(report: DatasetReport, page: str) -> None:
    for code in report.counts:
        assert f'id="{code}"' in page
    assert "10 more" in page
    assert "62" in page


def test_pairs_are_shown_and_cut(report: DatasetReport, page: str) -> None:
    pairs = side_by_side(report.findings, hostile_files())
    assert {pair.finding.code for pair in pairs} == {"DATA-CONFLICT", "DATA-LEAK-TEST"}
    assert all(len(pair.prompt) == SHOWN_CHARS + 1 for pair in pairs)
    assert "Side by side" in page


def test_without_pairs_no_text_of_an_example_is_there(report: DatasetReport) -> None:
    assert "long long" not in render_html(report, title="t")
    assert "long long" not in render_markdown(report)


def test_nothing_hostile_gets_through(page: str) -> None:
    assert "<script" not in page
    assert "<img" not in page
    assert "\x07" not in page
    assert "\u202e" not in page
    assert "default-src 'none'" in page


def test_the_same_report_gives_the_same_page(report: DatasetReport) -> None:
    assert render_html(report, title="t") == render_html(report, title="t")


def test_markdown_has_verdict_rules_and_facts(report: DatasetReport) -> None:
    text = render_markdown(report)
    assert text.startswith("## The dataset is not valid")
    assert "| `DATA-CONFLICT` | warning | 1 |" in text
    assert not re.search(r"(?<!\\)<", text)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("width", [360, 1200])
def test_in_a_browser(page: str, tmp_path: Path, width: int) -> None:
    file = tmp_path / "dataset.html"
    file.write_text(CSP.sub("", page), encoding="utf-8")
    (tmp_path / "profile").mkdir()
    with browser(tmp_path / "profile") as tab:
        tab.open(file.as_uri(), width=width)
        assert tab.value("document.querySelectorAll('figure svg[role=img]').length") == 6
        assert tab.value("document.querySelector('table').id") == "counts"
        assert tab.value("document.querySelectorAll('script, iframe, [onerror], [onload], img').length") == 0
        assert (tab.value(SIDEWAYS), tab.value(RAN), tab.complaints) == (0, None, [])
        assert tab.requested == [file.as_uri()]
