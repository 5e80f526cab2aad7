"""The process that is killed: it tunes one candidate as the pipeline's task does, on a clock that runs fast."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

# Loaded before the fork, so that kills fall into the work and not into imports.
import google.cloud.storage
import google.genai  # noqa: F401

from components.clock import Clock
from components.errors import RetuneError
from components.step import running_step
from components.supervised_tuning.tune import tune_candidate

SPEED = 90.0
"""Seconds of the task's clock in a second: its waits are this much shorter than the service's answers allow."""
TUNED, FAILED, AGAIN, WRONG = 0, 3, 4, 5
LAST_WORDS = frozenset({"TUNE-FAILED"})
PASSING = frozenset({"TUNE-UNKNOWN", "TUNE-QUOTA", "SERVICE-UNAVAILABLE", "SERVICE-QUOTA"})


def tune(environment: dict[str, str], config: str, run_id: str, fingerprint: str, plan: str, snapshot: str) -> None:
    """Run the task and exit with one of `TUNED`, `FAILED` (the job did), `AGAIN` (the service did) and `WRONG`."""
    os.environ.update(environment)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    clock = Clock(now=lambda: time.monotonic() * SPEED, sleep=lambda seconds: time.sleep(seconds / SPEED))
    try:
        with running_step("tune", config, run_id) as step, tempfile.TemporaryDirectory() as folder:
            record = tune_candidate(step, fingerprint, plan, snapshot, str(Path(folder) / "resources"), clock)
            step.ledger.write_run(run_id, f"tuned/{fingerprint}.json", record)
    except RetuneError as error:
        sys.stderr.write("" if error.code in LAST_WORDS | PASSING else f"{error}\n")
        sys.exit(FAILED if error.code in LAST_WORDS else AGAIN if error.code in PASSING else WRONG)
    sys.exit(TUNED)
