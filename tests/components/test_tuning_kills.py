"""One tuning job per fingerprint although its task is killed at random moments: promise 2."""

from __future__ import annotations

import os

from local_vertex.server import RunningServer
from tests.tuning_kills.rounds import clear_faults, kill_tasks

KILLS = int(os.environ.get("RETUNE_TUNING_KILLS", "4"))


def test_killed_tuning_tasks_pay_for_one_job(vertex_env: RunningServer) -> None:
    try:
        counts = kill_tasks(vertex_env, KILLS, seed=5)
    finally:
        clear_faults(vertex_env.base_url)
    assert counts["kills"] >= KILLS
    assert counts["jobs"] == counts["fingerprints"]
