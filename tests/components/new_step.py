"""Makes a step of a model line of its own."""

from __future__ import annotations

import json

from components.step import Step, open_step
from pipelines.catalogue import catalogue

BASE_MODEL = "gemini-2.5-flash"


def new_step(name: str) -> Step:
    """A step of the run `run-1` in a project and bucket of that name."""
    facts = catalogue({})[BASE_MODEL].to_dict()
    config = {
        "name": "line",
        "cloud": {"project": f"project-{name}", "location": "us-central1", "bucket": f"bucket-{name}"},
        "tuning": {"candidates": [{"base_model": BASE_MODEL, "epochs": 1}], "budget_usd": 10},
        "serving": {},
        "notification": {},
        "base_models": {BASE_MODEL: facts},
    }
    opened = open_step(json.dumps(config), "run-1")
    opened.storage.ensure_bucket(opened.cloud.bucket, opened.cloud.location)
    return opened
