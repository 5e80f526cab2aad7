from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from components.evaluation.break_even import BreakEven
from components.evaluation.evaluate import score_system
from components.evaluation.evaluation import Evaluation
from components.evaluation.metrics.case import Case
from components.evaluation.metrics.own_metric import OwnMetricSettings
from components.evaluation.metrics.task_kind import TaskKind
from components.evaluation.report import render_report
from components.evaluation.report_data import ReportData
from components.evaluation.report_markdown import render_summary
from components.evaluation.row_scores import row_metrics, row_scores
from components.evaluation.settings import EvaluationSettings
from components.evaluation.shown_confusion import shown_confusion
from components.gcp.tuning_metrics import EpochMetrics
from components.page_plots import page_json, page_scripts
from tests.unit.evaluation_report import HOSTILE, report

ROOT = Path(__file__).parents[2]
VEGA = ROOT / "components" / "page_style" / "vega"


class Page(HTMLParser):
    """Tags, attributes, visible text and data of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._in_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            attributes, text = self.scripts[-1]
            self.scripts[-1] = attributes, text + data
        else:
            self.text += data

    def plots(self) -> list[dict[str, Any]]:
        return [json.loads(text) for attributes, text in self.scripts if "data-plot" in attributes]


def test_the_page_shows_verdict_scores_comparisons_slices_costs_and_origin() -> None:
    text = re.sub(r"[ \n]+", " ", Page(render_report(report())).text)
    for shown in (
        "promote",
        "Candidate 1 passes every rule of the gate.",
        "exact_match +60.00 points against the base model",
        "30.0%",
        "▲ +60.0",
        "1 × 429 plain",
        "5a" * 32,
        "$12.50",
        "unknown",
        "adopted from an earlier run",
        "4\u202f000",
        "2 × DATA-plain",
        "0000030-ab",
        "seed 7",
        "judge:kind",
        "Candidate 2: nothing can be reckoned without the price of training, the price of input tokens.",
        "when the base model's prompt is 10 tokens longer",
        "No slice is shown to be worse",
        "Against the champion: 40 won, 0 lost, 8 that both have wrong, 32 that both have right.",
        "of the 80 examples are on this page",
    ):
        assert shown in text, shown


def test_the_page_needs_nothing_from_anywhere_and_runs_only_its_own_scripts() -> None:
    html = render_report(report())
    page = Page(html)
    assert not {"link", "iframe", "img", "object"} & set(page.tags)
    assert not [value for name, value in page.attributes if name in ("src", "href") or name.startswith("on")]
    run = [text for attributes, text in page.scripts if not attributes]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in run]
    policy = next(value for name, value in page.attributes if name == "content" and "default-src" in value)
    assert policy == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src "
        + " ".join(f"'sha256-{digest}'" for digest in digests)
    )
    assert len(run) == 4
    assert all(attributes["type"] == "application/json" for attributes, _ in page.scripts if attributes)
    assert "@import" not in html
    assert "sourceMappingURL" not in html


def test_the_library_is_the_one_that_its_page_names() -> None:
    told = dict(re.findall(r"^\| `([\w.-]+)` .*`([0-9a-f]{64})` \|$", (VEGA / "README.md").read_text(), re.MULTILINE))
    assert told == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VEGA.glob("*.js")}


def test_hostile_content_stays_text() -> None:
    calm, hostile = Page(render_report(report())), Page(render_report(report(HOSTILE)))
    assert hostile.tags == calm.tags
    assert "<script>document.body.dataset.ran='yes'</script></style>" in hostile.text
    assert "{{ 7*7 }}" in hostile.text
    assert not set("\x00\x1b\u202e") & set(render_report(report(HOSTILE)))


def test_data_of_plots_cannot_end_their_element() -> None:
    shown = str(page_json({"text": "</script><!--<script>&\x00", "number": 0.1234567891}))
    assert not set("<>&\x00") & set(shown)
    assert json.loads(shown) == {"text": "</script><!--<script>&\ufffd", "number": 0.123457}


def test_the_same_data_gives_the_same_bytes_also_from_the_stored_record() -> None:
    data = report()
    page = render_report(data)
    assert page == render_report(report())
    stored = ReportData.from_json(data.to_json())
    assert stored == data
    assert render_report(stored) == page
    assert render_summary(stored) == render_summary(data)


def test_every_plot_tells_what_it_shows() -> None:
    plots = Page(render_report(report())).plots()
    assert len(plots) == 9
    assert all(len(plot["description"]) > 30 for plot in plots)
    assert all(plot["data"]["values"] for plot in plots)
    scores = plots[0]["data"]["values"]
    base = next(row for row in scores if (row["label"], row["key"]) == ("exact_match", "Base"))
    assert (base["mean"], base["score"]) == (0.3, "30.0%")


def test_no_metrics_per_epoch_is_said() -> None:
    assert "reported no metrics per epoch" in render_report(report(epochs=[]))


@pytest.mark.parametrize("count", [1, 40])
def test_curves_of_one_epoch_and_of_many_without_validation(count: int) -> None:
    epochs = [EpochMetrics(epoch, epoch, 1.0, 0.5) for epoch in range(1, count + 1)]
    curve = Page(render_report(report(epochs=epochs))).plots()[-1]
    assert {row["split"] for row in curve["data"]["values"]} == {"training"}


def test_a_page_of_many_rows_stays_small_and_says_how_much_it_shows() -> None:
    page = render_report(report(rows=5000))
    assert len(page) < 1.5e6
    text = re.sub(r"[ \n]+", " ", Page(page).text)
    assert re.search(r" \d{2,3} of the 5\u202f000 examples are on this page", text)
    assert re.search(rf"This page ?{len(page.encode()) / 1e6:.1f} MB, 0\.8 MB of it the library", text)
    assert sum(len(body) for body in page_scripts().bodies) < 0.85e6


def test_an_evaluation_without_gate_and_tuning_is_a_page_too() -> None:
    whole = report()
    page = render_report(ReportData("abc123", "test.jsonl", whole.evaluation))
    text = Page(page).text
    assert "Evaluation" in text
    assert "Tuning" not in text
    assert 'class="verdict' not in page


def test_checkpoints_are_shown_beside_the_candidates() -> None:
    whole = report()
    last = whole.evaluation.systems[-1]
    system = msgspec.structs.replace(last.system, role="checkpoint", name="other checkpoint 1", fingerprint="")
    systems = [*whole.evaluation.systems, msgspec.structs.replace(last, system=system)]
    evaluation = msgspec.structs.replace(whole.evaluation, systems=systems)
    latencies = [*whole.latencies, whole.latencies[-1]]
    page = Page(render_report(msgspec.structs.replace(whole, evaluation=evaluation, latencies=latencies)))
    assert "Checkpoint: other checkpoint 1" in page.text
    assert {row["key"] for row in page.plots()[0]["data"]["values"]} >= {"Checkpoint", "Candidate 2"}


def test_every_rule_of_the_gate_has_its_sentence() -> None:
    data = report()
    assert data.verdict is not None
    assert len(data.verdict.checks) > len(data.verdict.reasons)
    text = Page(render_report(data)).text
    assert all(check.sentence in text for check in data.verdict.checks)
    assert f"All {len(data.verdict.checks)} rules that were applied" in text


def test_the_summary_has_verdict_sentences_and_scores_and_no_markup_of_the_data() -> None:
    summary = render_summary(report(HOSTILE))
    assert summary.startswith("## promote: \\<script\\>")
    assert not re.search(r"(?<!\\)[<>]", summary.replace("< 0.001", ""))
    assert "| exact\\_match | 30.0% (" in summary
    assert "| exact\\_match | Candidate 1 | base | +60.0 | " in summary
    assert "wrong" not in summary


def test_the_confusion_of_the_winner_is_shown_to_the_pipelines_page() -> None:
    found = shown_confusion(report().evaluation, "second")
    assert found is not None
    names, matrix = found
    assert names == ["label 1", "label 2", "label 3", "plain", "(no class)"]
    assert sum(map(sum, matrix)) == 80
    assert matrix[0] == [12, 0, 0, 0, 8]


def test_break_even_by_hand() -> None:
    one = BreakEven(
        "c", training_usd=10.0, base_usd=1e-4, candidate_usd=3e-4, usd_per_million_input=0.1, example_tokens=50
    )
    assert one.equal_at() == pytest.approx(2000)
    assert one.answers_until_paid(2000) is None
    assert one.answers_until_paid(3000) == 100_000
    assert one.prompts()[0] == (5, 250)
    cheap = BreakEven("c", 10.0, 3e-4, 1e-4, 0.1, None)
    assert (cheap.equal_at(), cheap.answers_until_paid(0), cheap.prompts()) == (0.0, 50_000, [])
    assert (
        BreakEven("c", None, 1.0, None, 1.0, None).unknown
        == "the price of training, the cost of the candidate's answers"
    )


@pytest.mark.parametrize(("name", "kind"), [("evaluation", Evaluation), ("report", ReportData)])
def test_records_keep_to_the_published_schema(name: str, kind: Any) -> None:
    schema = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text(encoding="utf-8"))
    data = report(HOSTILE)
    record = msgspec.to_builtins(data if kind is ReportData else data.evaluation)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(record, schema)
    del record["name" if kind is ReportData else "systems"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record, schema)


@pytest.mark.parametrize("kind", ["label", "structured", "function_call", "text"])
def test_one_metric_alone_is_scored_as_among_all(kind: TaskKind) -> None:
    references = ['{"a": "x", "b": 1}', '{"name": "f", "args": {"c": 2}}', "some longer text"]
    answers = ['{"a": "x", "b": 2}', None, "some text"]
    cases = [Case(one, answer, "STOP") for one, answer in zip(references, answers, strict=True)]
    own = OwnMetricSettings(python="tests.unit.evaluation_report:same_length")
    settings = EvaluationSettings(metrics=("rouge_l",), own_metrics={"length": own})
    among_all = score_system(kind, cases, settings)
    assert row_metrics(kind, references, settings) == set(among_all)
    for metric, expected in among_all.items():
        assert list(row_scores(metric, cases, settings)) == list(expected)
