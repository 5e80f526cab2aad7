"""Releases one tuned model: what the kill test kills."""

from __future__ import annotations

import msgspec

from components.endpoint_deployment.release import release
from components.endpoint_deployment.release_record import Evidence
from components.step import open_step
from components.supervised_tuning.tuned_model import TunedModel
from pipelines.catalogue import catalogue


def release_once(config: str, record: str) -> None:
    """Release the model that the record describes."""
    step, tuned = open_step(config, "run-killed"), msgspec.json.decode(record, type=TunedModel)
    seen = step.ledger.champion()
    champion = seen[0].model if seen else ""
    evidence = Evidence(["better"], "gs://b/evaluation.json", "gs://b/report.html", "key", champion)
    requests = [{"contents": [{"role": "user", "parts": [{"text": "question about a"}]}]}]
    release(step, tuned, catalogue({})[tuned.candidate.base_model], evidence, requests)
