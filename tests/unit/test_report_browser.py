from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path

import pytest

from components.evaluation.disagreements import Disagreement
from components.evaluation.evaluate import evaluate
from components.evaluation.evaluation import System
from components.evaluation.gate import decide
from components.evaluation.gate_settings import GateSettings
from components.evaluation.report import CostLine, ReportData, render_report
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings
from components.gcp.tuning_metrics import EpochMetrics
from components.run_planning.candidate import Candidate
from components.supervised_tuning.tuned_model import TunedModel
from tests.chromium import CHROMIUM, FLAGS

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

RUN = "document.documentElement.dataset.ran='yes';parent.document.body.dataset.ran='yes'"
HOSTILE = (
    f'<script>{RUN}</script></style></title><img src=x onerror="{RUN}"><svg onload="{RUN}">'
    f"<iframe srcdoc='<script>{RUN}</script>'>\"' onmouseover={RUN} --> ]]> \x00\x07\u202e "
)
CSP = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
# The page in a frame of a phone's width; what is measured is written where --dump-dom shows it.
FRAME = """<!doctype html><body><iframe style="width:{width}px;height:900px;border:0" srcdoc="{page}"></iframe><script>
document.querySelector("iframe").addEventListener("load", event => {{
  const page = event.target.contentDocument, root = page.documentElement;
  document.body.dataset.overflow = root.scrollWidth - root.clientWidth;
  document.body.dataset.tables = [...page.querySelectorAll("table")].map(table => table.id).join(" ");
  document.body.dataset.charts = page.querySelectorAll("figure svg[role=img]").length;
  document.body.dataset.executable = page.querySelectorAll("script, iframe, [onerror], [onload], img").length;
  document.body.dataset.requests = page.defaultView.performance.getEntriesByType("resource").length;
}});
</script></body>"""


def hostile_report() -> ReportData:
    examples = [TestExample(f"{n:07d}-ab", b'{"contents":[]}', "h", f"label {n % 4}") for n in range(40)]

    def system(role: str, correct: int) -> tuple[System, list[Row]]:
        rows = [
            Row(
                one.example_id, "h", one.reference, one.reference if at < correct else HOSTILE, "STOP", "", 9, 3, 4.0, 1
            )
            for at, one in enumerate(examples[:-1])
        ]
        failed = Row(examples[-1].example_id, "h", "label 3", "", "ERROR", "500 " + HOSTILE * 2, 0, 0, 1.0, 5)
        return System(role, HOSTILE, "m" * 300, role), [*rows, failed]  # type: ignore[arg-type]

    systems = [system("base", 9), system("champion", 15), system("candidate", 38)]
    evaluation = evaluate(
        examples, systems, EvaluationSettings(resamples=200), confidence=0.95, dataset_sha256="5a" * 32
    )
    epochs = [EpochMetrics(epoch, epoch, 1 / epoch, 0.5) for epoch in (1, 2, 3)]
    long_line = "x" * 100_000
    return ReportData(
        run_id=HOSTILE,
        name=HOSTILE,
        verdict=decide(evaluation, GateSettings(min_coverage=0.9)),
        evaluation=evaluation,
        tuned=[TunedModel(Candidate(HOSTILE, 3, 1.0, 4, "candidate"), "j" * 300, "m", "e", True, 1, epochs)],
        dataset_facts={"splits": {"train": {"rows": 9, "labels": {HOSTILE: 1}}}, "findings": {HOSTILE: 1}},
        disagreements=[
            Disagreement("0000001-ab", "win", HOSTILE, "a", HOSTILE, "b"),
            Disagreement("0000002-ab", "loss", long_line, long_line, long_line, long_line),
        ],
        costs=[CostLine(HOSTILE, 1.0, HOSTILE)],
    )


def measure(page: str, width: int, folder: Path) -> dict[str, str]:
    """What Chromium found in the page, shown in a frame of that width."""
    frame = folder / "frame.html"
    frame.write_text(FRAME.format(width=width, page=html.escape(page)), encoding="utf-8")
    command = [
        str(CHROMIUM),
        *FLAGS,
        "--virtual-time-budget=2000",
        "--dump-dom",
        f"--user-data-dir={folder / 'profile'}",
        frame.as_uri(),
    ]
    shown = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()
    body = re.search(r"<body([^>]*)>", shown)
    assert body is not None
    return dict(re.findall(r'data-(\w+)="([^"]*)"', body[1]))


@pytest.mark.parametrize(("width", "policy"), [(400, True), (1200, False)])
def test_hostile_content_runs_nothing_and_fits_the_screen(width: int, policy: bool, tmp_path: Path) -> None:
    page = render_report(hostile_report())
    without_policy, found = CSP.subn("", page)
    assert found == 1
    seen = measure(page if policy else without_policy, width, tmp_path)
    assert seen == {
        "overflow": "0",
        "tables": "metrics comparisons answers costs dataset",
        "charts": "7",
        "executable": "0",
        "requests": "0",
    }


def test_the_measurement_sees_a_script_that_runs_and_a_page_that_is_too_wide(tmp_path: Path) -> None:
    seen = measure(f"<p style='width:900px'>{HOSTILE}</p>", 400, tmp_path)
    assert seen["ran"] == "yes"
    assert int(seen["overflow"]) > 0
