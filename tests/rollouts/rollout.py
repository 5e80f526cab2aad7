"""A process that holds everything a rollout needs and is killed in the middle of one."""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
from multiprocessing.connection import Connection
from typing import Any

from components.clock import Clock
from components.endpoint_deployment.rollback import roll_back
from components.errors import RetuneError
from components.gcp import clients
from components.supervised_tuning.tuned_model import TunedModel
from tests.components.releases.lines import let_serve, open_line

PROCESSES = multiprocessing.get_context("fork")
"""A fresh interpreter would take longer to import the clients than a rollout takes."""
LONGEST_S = 300.0


def attempt(line: str, run_id: str, tuned: TunedModel | None, kill_after_s: float | None) -> str:
    """Release the version (None: roll back) in a process of its own; how it ended.

    Args:
        line: The model line.
        run_id: Who releases.
        tuned: The version; None rolls back.
        kill_after_s: SIGKILL so long after it began; None lets it end.

    Returns:
        `done`, `killed`, or the code of the error.
    """
    reading, writing = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_act, args=(line, run_id, tuned, writing))
    process.start()
    writing.close()
    with reading:
        begun = reading.poll(LONGEST_S) and reading.recv()
        assert begun == "begun", begun
        # Not to wait for something: the moment of the kill is what is tried.
        if not reading.poll(LONGEST_S if kill_after_s is None else kill_after_s):
            process.kill()
        process.join()
        try:
            return str(reading.recv())
        except EOFError:
            return "killed"


def _act(line: str, run_id: str, tuned: TunedModel | None, writing: Connection) -> None:
    clients.credentials.cache_clear()  # their connections and locks are the parent's
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - as long as the process lives
    step = open_line(line, run_id, {"steps": [20, 100], "probes": 2})
    writing.send("begun")
    try:
        if tuned is None:
            roll_back(step, None, "somebody", "tried", Clock())
        else:
            let_serve(step, tuned, Clock())
    except RetuneError as error:
        writing.send(error.code)
    except BaseException as error:
        writing.send(type(error).__name__)
    else:
        writing.send("done")


def draw_faults(draw: random.Random) -> list[dict[str, Any]]:
    """Up to two rules: an error, a lost reply or a dropped connection of one kind of request."""
    paths = (
        ":deployModel", ":undeployModel", "endpoints/[0-9]+$", ":generateContent", ":mergeVersionAliases",
        "models/[^/]+$", "upload/storage", "champion", "releases", "rollout",
    )  # fmt: skip
    rules = []
    for _ in range(draw.choice((0, 1, 1, 2))):
        action = draw.choice(("status", "lose_reply", "reset"))
        rule: dict[str, Any] = {"action": action, "path": draw.choice(paths), "nth": draw.randint(1, 6)}
        if action == "status":
            rule["status"] = draw.choice((400, 429, 500, 503))
        rules.append(rule)
    return rules
