"""Model lines for the tests of releases, and versions that were tuned once for all of them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import msgspec

from components.clock import Clock
from components.endpoint_deployment.release import release
from components.endpoint_deployment.release_record import Evidence, Release
from components.gcp.endpoints import Endpoints
from components.gcp.ledger import Champion
from components.gcp.model_registry import ModelRegistry
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.run_planning.candidate import Candidate
from components.run_planning.settings import TuningSettings
from components.step import Step, open_step
from components.supervised_tuning.tuned_model import TunedModel
from components.supervised_tuning.wait import wait_for_job
from pipelines.catalogue import catalogue

PROJECT, BUCKET, LOCATION = "releases", "releases-data", "us-central1"
BASE_MODELS = {"a": "gemini-2.5-flash", "b": "gemini-2.5-flash", "c": "gemini-2.5-flash", "m": "gemini-3.1-flash-lite"}
LINE = '{"contents":[{"role":"user","parts":[{"text":"%s"}]},{"role":"model","parts":[{"text":"%s"}]}]}\n'
REQUESTS = [{"contents": [{"role": "user", "parts": [{"text": f"question {n} about a"}]}]} for n in range(3)]
SECRET = "Ada Lovelace, account 4711"
"""Stands in every logged prompt, and nowhere else."""
LATER = Clock(now=lambda: time.time() + 3600, sleep=lambda seconds: None)
"""A clock of somebody who comes when every lease of a dead process has run out."""


def config(name: str, serving: dict[str, Any] | None = None) -> dict[str, Any]:
    """The configuration of a model line."""
    facts = catalogue({})
    return {
        "name": name,
        "cloud": {"project": PROJECT, "location": LOCATION, "bucket": BUCKET},
        "dataset": {"train": "train.jsonl", "test": "test.jsonl"},
        "tuning": {"candidates": [{"base_model": "gemini-2.5-flash", "epochs": 1}], "budget_usd": 10},
        "evaluation": {},
        "gate": {},
        "serving": {"probes": 3, "steps": [100], "max_latency_ratio": 1000, **(serving or {})},
        "notification": {},
        "base_models": {key: facts[key].to_dict() for key in set(BASE_MODELS.values())},
    }


def open_line(name: str, run_id: str = "run-1", serving: dict[str, Any] | None = None) -> Step:
    """A step of the model line."""
    return open_step(json.dumps(config(name, serving)), run_id)


def tune_versions() -> dict[str, TunedModel]:
    """One tuned version per letter of `BASE_MODELS`."""
    step = open_line("line")
    step.storage.ensure_bucket(BUCKET, LOCATION)
    uri = f"gs://{BUCKET}/train.jsonl"
    step.storage.write(
        uri, "".join(LINE % (f"question {n} about {label}", label) for n in range(10) for label in "ab").encode()
    )
    jobs = TuningJobs(step.cloud)
    settings = step.section("tuning", TuningSettings).model_copy(update={"poll_seconds": 0.2})
    started = {
        letter: jobs.create(TuningRequest(letter * 64, base_model, 1, 1.0, 4, uri, "", f"line {letter}", {}))
        for letter, base_model in BASE_MODELS.items()
    }
    versions = {}
    for letter, job in started.items():
        ended = wait_for_job(jobs, job, settings, Clock(), lambda status: None)
        candidate = Candidate(BASE_MODELS[letter], 1, 1.0, 4, letter * 64)
        versions[letter] = TunedModel(candidate, ended.name, ended.model, ended.endpoint, False, 0, [])
    return versions


def let_serve(
    step: Step,
    tuned: TunedModel,
    clock: Clock | None = None,
    compared_with: str | None = None,
    snapshot_uri: str = "",
) -> Release:
    """Release the version, which was compared with what serves now."""
    if compared_with is None:
        seen = step.ledger.champion()
        compared_with = seen[0].model if seen else ""
    evidence = Evidence(
        ["better"], "gs://b/evaluation.json", "gs://b/report.html", "key", compared_with, snapshot_uri=snapshot_uri
    )
    return release(step, tuned, catalogue({})[tuned.candidate.base_model], evidence, REQUESTS, clock)


def champion(step: Step) -> Champion:
    """What the pointer names."""
    found = step.ledger.champion()
    assert found
    return found[0]


def live(step: Step, endpoint: str) -> dict[str, int]:
    """Traffic by registry name."""
    return {one.model: one.traffic for one in Endpoints(step.cloud).deployments(endpoint)}


@dataclass(frozen=True)
class Line:
    """A model line of its own, and the versions that may be released to it."""

    step: Step
    versions: dict[str, TunedModel]

    def run(self, run_id: str, serving: dict[str, Any] | None = None) -> Step:
        """A step of another run of the line."""
        return open_line(self.step.name, run_id, serving)


def private_copy(line: Line, letter: str) -> TunedModel:
    """A version that is another model than that of other tests, so that a test may delete it."""
    tuned = line.versions[letter]
    registry = ModelRegistry(line.step.cloud)
    copied = registry.copy(tuned.model, f"{line.step.name}-{letter}")
    found = registry.find(copied)
    assert found
    registry.set_labels(copied, {}, without=found.labels.keys())
    return msgspec.structs.replace(tuned, model=copied)
