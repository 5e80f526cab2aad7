"""A whole report for tests, with any text in every place that a user's text can get to."""

from __future__ import annotations

import re

import msgspec

from components.evaluation.break_even import BreakEven
from components.evaluation.evaluate import evaluate, join
from components.evaluation.evaluation import System
from components.evaluation.gate import decide
from components.evaluation.gate_settings import GateSettings
from components.evaluation.judging.report import JudgeReport
from components.evaluation.latency import latencies_of
from components.evaluation.rating.report import RatingReport
from components.evaluation.report_data import CostLine, ReportData
from components.evaluation.report_of_run import compared_answers
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings
from components.gcp.tuning_metrics import EpochMetrics
from components.run_planning.candidate import Candidate
from components.supervised_tuning.tuned_model import TunedModel

CSP = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
RAN = "document.body.dataset.ran"
"""What hostile texts set where they run."""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""How far a page can be scrolled sideways."""
RUN = "document.body.dataset.ran='yes'"
HOSTILE = (
    f'<script>{RUN}</script></style></title></script><img src=x onerror="{RUN}"><svg onload="{RUN}"><b>bold</b>'
    "\"' {{ 7*7 }} $x^2$ \x00\x1b[31m\u202egnp"
)
EPOCHS = [EpochMetrics(epoch, epoch * 10, 2 / epoch, 0.1 * epoch, 2.1 / epoch, 0.09 * epoch) for epoch in range(1, 6)]
SETTINGS = EvaluationSettings(resamples=200, task_kind="label")


def same_length(reference: str, answer: str) -> float:
    """A metric of one's own."""
    return float(len(reference) == len(answer))


def questions(rows: int, text: str) -> list[TestExample]:
    """Questions with one of four labels, of which one is the text."""
    labels = [text, "label 1", "label 2", "label 3"]
    prompt = msgspec.json.encode({"contents": [{"role": "user", "parts": [{"text": f"what is {text}"}]}]})
    return [TestExample(f"{n:07d}-ab", prompt, f"h{n}", labels[n % 4]) for n in range(rows)]


def report(text: str = "plain", rows: int = 80, epochs: list[EpochMetrics] | None = None) -> ReportData:
    """A report of a base model, a champion and two candidates."""
    examples = questions(rows, text)

    def system(role: str, name: str, right: float) -> tuple[System, list[Row]]:
        answered = [
            Row(one.example_id, one.request_hash, one.reference, answer, "STOP", "", 9, 3, 40.0 + at % 7, 1)
            for at, one in enumerate(examples[:-1])
            for answer in [one.reference if at < right * rows else f"{text} wrong"]
        ]
        last = examples[-1]
        answered.append(
            Row(last.example_id, last.request_hash, "label 3", "", "ERROR", f"429 {text}: slow down", 0, 0, 1.0, 5)
        )
        return System(role, f"{role} {text}", f"models/{name}", name, 0.1, 0.4), answered  # type: ignore[arg-type]

    answers = [
        system("base", "", 0.3),
        system("champion", "", 0.4),
        system("candidate", "first", 0.9),
        system("candidate", "second", 0.6),
    ]
    fields = [{"team": text if n % 2 else "other"} for n in range(rows)]
    evaluation = evaluate(examples, answers, SETTINGS, confidence=0.95, dataset_sha256="5a" * 32, fields=fields)
    evaluation = msgspec.structs.replace(
        evaluation,
        judges=[JudgeReport("judge:kind", "pairwise", text, 2, "ab", 9, 1, 0.9, None, 0.5, None)],
        ratings=[RatingReport("rating:tone", text, 9, 8, 2, 16, 1, 0, 0.75, None, 0.5)],
    )
    decision = decide(evaluation, GateSettings(min_coverage=0.9))
    candidate = Candidate(text, 5, 1.0, 4, "first")
    tuned = TunedModel(candidate, "jobs/1", "models/2", "endpoints/3", True, 1234, EPOCHS if epochs is None else epochs)
    given = [found for _, found in answers]
    return ReportData(
        run_id=f"run-{text}",
        name=text,
        verdict=decision,
        evaluation=evaluation,
        tuned=[tuned],
        dataset_facts={
            "splits": {"train": {"rows": 4000, "bytes": 9, "tokens": 7, "labels": {text: 3}}, "test": {"rows": rows}},
            "findings": {f"DATA-{text}": 2},
        },
        latencies=[latencies_of(join(examples, found)) for found in given],
        break_even=[
            BreakEven("first", 3.5, 2e-6, 3e-6, 0.1, 200.0),
            BreakEven("second", None, 2e-6, 3e-6, None, 200.0),
        ],
        examples=compared_answers(
            examples,
            given,
            evaluation,
            winner=decision.winner,
            metric="exact_match",
            settings=SETTINGS,
            fields=fields,
        ),
        costs=[CostLine("Tuning", 12.5, text), CostLine("Other", None)],
    )
