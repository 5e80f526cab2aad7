"""Launches one tuning job: what the kill test kills."""

from __future__ import annotations

import json

from components.clock import Clock
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.step import open_step
from components.supervised_tuning.launch import Launcher
from components.supervised_tuning.termination import Termination


def launch_once(config: str, request: str) -> None:
    """Launch the job of the request."""
    step = open_step(config, "run-killed")
    launcher = Launcher(TuningJobs(step.cloud), step.ledger, step.run_id, Clock(), 60.0, Termination())
    launcher.launch(TuningRequest(**json.loads(request)))
