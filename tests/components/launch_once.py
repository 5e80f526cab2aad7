"""Launches one tuning job and prints its name: the process that the kill test kills."""

from __future__ import annotations

import json
import sys

from components.clock import Clock
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.step import open_step
from components.supervised_tuning.launch import Launcher
from components.supervised_tuning.termination import Termination

config, request = sys.argv[1:]
step = open_step(config, "run-killed")
launcher = Launcher(TuningJobs(step.cloud), step.ledger, step.run_id, Clock(), 60.0, Termination())
print(launcher.launch(TuningRequest(**json.loads(request))).job.name)
