"""What a watch needs: a release with its evaluation, fresh examples, and a schedule that could start a run."""

# kfp reads the annotations of components: no postponed evaluation here.
import json
from pathlib import Path
from typing import Any

from google.cloud.aiplatform_v1 import PipelineServiceClient, ScheduleServiceClient
from google.cloud.aiplatform_v1.types import CreatePipelineJobRequest, PipelineJob, Schedule
from kfp import compiler

from components.evaluation.evaluate import evaluate
from components.evaluation.evaluation import System
from components.evaluation.requests import load_test_examples
from components.evaluation.rows import Row, RowStore
from components.evaluation.settings import EvaluationSettings
from components.gcp.clients import gapic_client
from components.step import Step, open_step
from pipelines.compiler import read_spec
from tests.components.releases.lines import LINE, LOCATION, PROJECT, Line, champion, config, let_serve
from tests.pipelines.schedule_lines import nothing

FAST = EvaluationSettings(resamples=400)


def labelled(right: int, wrong: int, start: int = 100) -> bytes:
    """Examples that the versions have not seen; the last ones want another answer than the versions give."""
    wanted = [*["a"] * right, *["b"] * wrong]
    return "".join(LINE % (f"question {start + n} about a", answer) for n, answer in enumerate(wanted)).encode()


def serve_with_evaluation(line: Line, content: bytes, right: int, letter: str = "a") -> Step:
    """Release a version whose evaluation got so many of the examples right; a step of a later run of the line."""
    tuned, step = line.versions[letter], line.step
    examples = load_test_examples(content.splitlines(keepends=True), seed=FAST.seed)
    place = f"{step.root}/answers/released"
    system = System("candidate", "released", tuned.model, "f", base_model=tuned.candidate.base_model, answers_uri=place)
    base = System("base", "base", tuned.candidate.base_model, base_model=tuned.candidate.base_model)
    rows = [
        Row(one.example_id, one.request_hash, one.reference, answer, "STOP", "", 5, 1, 5.0, 1)
        for number, one in enumerate(examples)
        for answer in [one.reference if number < right else "neither"]
    ]
    RowStore(step.storage, place).parts.append(rows)
    record = evaluate(examples, [(base, rows), (system, rows)], FAST, confidence=0.95, dataset_sha256="released")
    step.ledger.write_run(step.run_id, "evaluation.json", record)
    let_serve(step, tuned)
    assert champion(step).run_id == step.run_id
    return step


def watching(line: Line, run_id: str, data: bytes | None = None, **changes: Any) -> Step:
    """A step of a watch whose fresh examples lie in a folder of the line."""
    folder = f"{line.step.root}/fresh"
    if data is not None:
        line.step.storage.write(f"{folder}/{run_id}.jsonl", data)
    sections = {**config(line.step.name), "evaluation": {"resamples": 400}}
    monitoring = {"data": folder, **changes.pop("monitoring", {})}
    return open_step(json.dumps({**sections, "monitoring": monitoring, **changes}), run_id)


def create_schedule(line: Line, folder: Path) -> None:
    """A paused schedule of the line, whose runs do nothing."""
    file = folder / "tuning.yaml"
    compiler.Compiler().compile(nothing, str(file))
    job = PipelineJob(
        display_name=f"retune-{line.step.name}",
        pipeline_spec=read_spec(file),
        runtime_config=PipelineJob.RuntimeConfig(
            gcs_output_directory=f"gs://{line.step.cloud.bucket}/pipeline_root",
            parameter_values={"config": line.step.config, "trigger": "schedule", "force": "false"},
        ),
    )
    parent = f"projects/{PROJECT}/locations/{LOCATION}"
    request = CreatePipelineJobRequest(parent=parent, pipeline_job=job)
    client = gapic_client(ScheduleServiceClient, LOCATION)
    wanted = Schedule(
        display_name=job.display_name,
        create_pipeline_job_request=request,
        cron="0 3 * * 1",
        max_concurrent_run_count=1,
    )
    client.pause_schedule(name=client.create_schedule(parent=parent, schedule=wanted).name)


def started_runs(line: Line) -> list[PipelineJob]:
    """The runs that watches of the line have started."""
    parent = f"projects/{PROJECT}/locations/{LOCATION}"
    jobs = gapic_client(PipelineServiceClient, LOCATION).list_pipeline_jobs(parent=parent)
    return [job for job in jobs if job.display_name.startswith(f"{line.step.name}-watch-")]


def unlike(reference: str, answer: str) -> float:
    """A metric of one's own of which less is better."""
    return float(answer != reference)
