from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from components.evaluation.charts import epoch_chart
from components.evaluation.disagreements import Disagreement
from components.evaluation.evaluate import EvaluationSettings, evaluate
from components.evaluation.evaluation import System
from components.evaluation.gate import decide
from components.evaluation.gate_settings import GateSettings
from components.evaluation.report import CostLine, ReportData, render_report
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.gcp.tuning_metrics import EpochMetrics
from components.run_planning.candidate import Candidate
from components.supervised_tuning.tuned_model import TunedModel

HOSTILE = "<script>alert(1)</script></style><img src=x onerror=alert(1)>\"' {{ 7*7 }} $x^2$ \x00\x1b[31m\u202egnp"
EPOCHS = [EpochMetrics(epoch, epoch * 10, 2 / epoch, 0.1 * epoch, 2.1 / epoch, 0.09 * epoch) for epoch in range(1, 6)]


class Page(HTMLParser):
    """Tags, attributes and visible text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def report(text: str = "plain", epochs: list[EpochMetrics] | None = None) -> ReportData:
    examples = [TestExample(f"{n:07d}-ab", b'{"contents":[]}', "h", f"label {n % 4}") for n in range(60)]

    def system(role: str, name: str, correct: int) -> tuple[System, list[Row]]:
        rows = [
            Row(one.example_id, "h", one.reference, one.reference if at < correct else text, "STOP", "", 9, 3, 40.0, 1)
            for at, one in enumerate(examples[:-1])
        ]
        failed = Row(examples[-1].example_id, "h", "label 3", "", "ERROR", f"429 {text}: slow down", 0, 0, 1.0, 5)
        return System(role, name, f"models/{name}", role[:4], 0.1, 0.4), [*rows, failed]  # type: ignore[arg-type]

    systems = [system("base", f"base {text}", 20), system("champion", "serving", 25), system("candidate", text, 55)]
    evaluation = evaluate(
        examples, systems, EvaluationSettings(resamples=200), confidence=0.95, dataset_sha256="5a" * 32
    )
    tuned = TunedModel(
        Candidate(text, 5, 1.0, 4, "cand"), "jobs/1", "models/2", "endpoints/3", True, 1234, epochs or EPOCHS
    )
    return ReportData(
        run_id="run-1",
        name=text,
        verdict=decide(evaluation, GateSettings(min_coverage=0.9)),
        evaluation=evaluation,
        tuned=[tuned],
        dataset_facts={
            "splits": {"train": {"rows": 4000, "bytes": 9, "tokens": 7, "labels": {text: 3}}, "test": {"rows": 60}},
            "findings": {f"DATA-{text}": 2},
        },
        disagreements=[Disagreement("0000007-ab", "win", text, text, text, text)],
        costs=[CostLine("Tuning", 12.5, text), CostLine("Other", None)],
    )


def test_the_page_shows_verdict_scores_comparisons_dataset_costs_and_origin() -> None:
    text = re.sub(r"[ \n]+", " ", Page(render_report(report())).text)
    for shown in (
        "promote",
        "Candidate 1 passes every rule of the gate.",
        "exact_match +58.33 points against the base model",
        "33.3%",
        "▲ +58.3",
        "1 × 429 plain",
        "5a" * 32,
        "$12.50",
        "unknown",
        "adopted from an earlier run",
        "4\u202f000",
        "2 × DATA-plain",
        "0000007-ab",
        "seed 7",
    ):
        assert shown in text


def test_the_page_needs_nothing_from_anywhere() -> None:
    html = render_report(report())
    page = Page(html)
    assert not {"script", "link", "iframe", "img", "object"} & set(page.tags)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in page.attributes
    assert not [value for name, value in page.attributes if name in ("src", "href") or name.startswith("on")]
    assert all(value.startswith("#") for name, value in page.attributes if name == "xlink:href")
    assert "url(http" not in html
    assert "@import" not in html


def test_hostile_content_stays_text() -> None:
    calm, hostile = Page(render_report(report())), Page(render_report(report(HOSTILE)))
    assert hostile.tags == calm.tags
    assert "<script>alert(1)</script></style>" in hostile.text
    assert "{{ 7*7 }}" in hostile.text
    assert not set("\x00\x1b\u202e") & set(render_report(report(HOSTILE)))


def test_the_same_data_gives_the_same_bytes() -> None:
    assert render_report(report()) == render_report(report())


def test_no_metrics_per_epoch_is_said() -> None:
    data = report()
    bare = TunedModel(data.tuned[0].candidate, "jobs/1", "models/2", "endpoints/3", False, 0, [])
    data.tuned[:] = [bare]
    assert "reported no metrics per epoch" in render_report(data)


def test_a_chart_has_no_date_and_tells_what_it_shows() -> None:
    svg = epoch_chart(EPOCHS, "loss", 'a "<b>" description')
    assert svg.startswith('<svg role="img" aria-label="a &#34;&lt;b&gt;&#34; description"')
    assert "<metadata" not in svg
    assert not re.search(r"20\d\d-\d\d-\d\d", svg)
    assert "validation" in svg


@pytest.mark.parametrize("count", [1, 40])
def test_charts_of_one_epoch_and_of_many_without_validation(count: int) -> None:
    epochs = [EpochMetrics(epoch, epoch, 1.0, 0.5) for epoch in range(1, count + 1)]
    assert "validation" not in epoch_chart(epochs, "accuracy", "accuracy by epoch")
