"""Who is asked in a run, where, and what is left to be asked; on local Vertex."""

from __future__ import annotations

import hashlib
import json

import msgspec
import pytest

from components.clock import Clock
from components.dataset_validation.snapshot import Snapshot, SplitFacts
from components.evaluation.ask_contestant import ask_contestant
from components.evaluation.batch_inference import BatchAsker
from components.evaluation.contestants import find_contestants
from components.evaluation.evaluate_run import evaluate_run
from components.evaluation.requests import load_test_examples
from components.evaluation.rows import Row, RowStore
from components.evaluation.settings import EvaluationSettings
from components.gcp.batch_jobs import BatchJobs
from components.gcp.ledger import Champion
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.gcp.tuning_metrics import EpochMetrics
from components.run_planning.candidate import Candidate
from components.step import Step, open_step
from components.supervised_tuning.tuned_model import TunedModel
from pipelines.catalogue import catalogue
from tests.components.stand_ins import Faults

LABELS = ("card_arrival", "pin_blocked", "top_up_failed")
ROWS = 24


def line(number: int) -> bytes:
    label = LABELS[number % 3]
    instruction = "Answer with exactly one of these names:\n" + "\n".join(LABELS)
    turns = [("user", f"{label.replace('_', ' ')} {number}"), ("model", label)]
    contents = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
    return json.dumps({"systemInstruction": {"parts": [{"text": instruction}]}, "contents": contents}).encode()


@pytest.fixture
def run(step: Step) -> Step:
    """The step with what a whole configuration has."""
    config = json.loads(step.config)
    models = ("gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-3.1-flash-lite")
    config["base_models"] = {name: catalogue({})[name].to_dict() for name in models}
    config["evaluation"] = {"resamples": 200, "checkpoints": True}
    config["gate"] = {}
    return open_step(json.dumps(config), "run-1")


def tune(step: Step, base_model: str, epochs: int = 1) -> TunedModel:
    train = f"gs://{step.cloud.bucket}/train.jsonl"
    step.storage.write(train, b"\n".join(map(line, range(40))))
    jobs = TuningJobs(step.cloud)
    fingerprint = hashlib.sha256(f"{base_model} {epochs}".encode()).hexdigest()
    job = jobs.create(TuningRequest(fingerprint, base_model, epochs, 1.0, 4, train, "", "line", {}))
    while not job.endpoint or not job.state.endswith("SUCCEEDED"):
        job = jobs.get(job.name)
    candidate = Candidate(base_model, epochs, 1.0, 4, fingerprint)
    spare = [one.endpoint for one in job.checkpoints if one.endpoint and one.endpoint != job.endpoint]
    return TunedModel(
        candidate, job.name, job.model, job.endpoint, False, 0, list[EpochMetrics](), spare_endpoints=spare
    )


def test_every_candidate_meets_its_own_base_and_the_champion_where_nothing_else_answers(run: Step) -> None:
    tuned = [tune(run, "gemini-2.5-flash", epochs=2), tune(run, "gemini-3.1-flash-lite")]
    old = tune(run, "gemini-2.5-flash-lite")
    champion = Champion(1, old.model, "projects/p/locations/l/endpoints/stable", "gone", "f", "k", "r", old.endpoint)
    run.ledger.replace_champion(msgspec.structs.replace(champion, thinking="budget:0"), 0)
    uris = []
    for one in tuned:
        uris.append(f"gs://{run.cloud.bucket}/{one.candidate.fingerprint}.json")
        run.storage.write(uris[-1], msgspec.json.encode(one))

    record = evaluate_run(run, snapshot(run), uris)
    systems = [one.system for one in record.systems]
    asked = [(one.role, one.parameters["location"], one.parameters["thinking"]) for one in systems]
    assert asked == [
        ("base", "us-central1", "default"),
        ("base", "us", "default"),
        ("champion", "us-central1", "budget:0"),
        ("candidate", "us-central1", "budget:0"),
        ("checkpoint", "us-central1", "budget:0"),
        ("candidate", "us", "level:minimal"),
    ]
    assert systems[2].parameters["target"] == old.endpoint
    assert record.base_of(systems[5]).system.name == "gemini-3.1-flash-lite"
    assert {one.coverage for one in record.systems} == {1.0}
    assert record.overlapping_rows == 2
    compared = {(one.candidate, one.against) for one in record.comparisons}
    assert compared == {(one.candidate.fingerprint, against) for one in tuned for against in ("base", "champion")}


def snapshot(run: Step) -> str:
    folder = f"gs://{run.cloud.bucket}/snapshot/"
    run.storage.write(f"{folder}test.jsonl", b"\n".join(map(line, range(ROWS))))
    run.storage.write(f"{folder}facts.json", b'{"findings": {"DATA-LEAK-TEST": 2}}')
    facts = SplitFacts(f"{folder}test.jsonl", ROWS, 1, "a" * 64, 100)
    record = Snapshot(folder, "b" * 64, {"train": facts, "test": facts}, f"{folder}facts.json")
    run.storage.write(f"{folder}manifest.json", msgspec.json.encode(record))
    return folder


def test_a_batch_answers_at_half_the_price_and_what_it_left_is_asked_online(run: Step, faults: Faults) -> None:
    examples = load_test_examples(map(line, range(ROWS)), seed=7)
    nothing_tuned = TunedModel(Candidate("gemini-2.5-flash", 1, 1.0, 4, "f"), "job", "m@1", "e", False, 0, [])
    [base, _] = find_contestants(run, [nothing_tuned], 7, checkpoints=False)
    store, told = RowStore(run.storage, base.system.answers_uri), list[str]()
    jobs = BatchJobs(run.cloud, run.cloud.location)
    asker = BatchAsker(jobs, run.storage, 3600, 0.05, Clock(), told.append)
    faults.add(path="batchPredictionJobs/[0-9]+:generateContent", action="status", status=429, rate=0.4)
    asker.fill(base, examples, store)
    in_batch = store.load(examples)
    assert 0 < len(in_batch) < ROWS
    faults.clear()

    rows = ask_contestant(run.cloud.project, run.storage, base, examples, EvaluationSettings(), told.append)
    assert [row.answer for row in rows] == [LABELS[number % 3] for number in range(ROWS)]
    costs = {True: set[float](), False: set[float]()}
    for row in rows:
        assert (row.latency_ms is None) == (row.example_id in in_batch)
        whole = base.cost(row.prompt_tokens, row.output_tokens)
        assert whole is not None
        assert row.cost_usd is not None
        costs[row.example_id in in_batch].add(round(row.cost_usd / whole, 6))
    assert costs == {True: {0.5}, False: {1.0}}
    asker.fill(base, examples, store)
    assert sum("batch" in one for one in told) == 1


def test_a_job_of_an_interrupted_run_is_found_again(run: Step) -> None:
    examples = load_test_examples(map(line, range(ROWS)), seed=7)
    [_, tuned] = find_contestants(run, [tune(run, "gemini-2.5-flash")], 7, checkpoints=False)

    class KilledError(Exception):
        pass

    def die(seconds: float) -> None:
        raise KilledError

    store, told = RowStore(run.storage, tuned.system.answers_uri), list[str]()
    jobs = BatchJobs(run.cloud, run.cloud.location)
    with pytest.raises(KilledError):
        BatchAsker(jobs, run.storage, 3600, 0.05, Clock(sleep=die), told.append).fill(tuned, examples, store)
    BatchAsker(jobs, run.storage, 3600, 0.05, Clock(), told.append).fill(tuned, examples, store)
    assert told[0] == told[1]
    rows: dict[str, Row] = store.load(examples)
    assert len(rows) == ROWS
