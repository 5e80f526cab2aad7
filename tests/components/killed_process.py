"""Processes that a test kills, forked from one that has imported Google's clients: each would import for seconds."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable

from tests.components.stand_ins import Faults

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["google.cloud.aiplatform_v1", "google.cloud.storage", "google.genai"])


def kill_at_fault(faults: Faults, work: Callable[..., None], *arguments: str) -> None:
    """Do the work in a process and kill it the moment that a fault holds one of its requests, or let it end."""
    process = _FORKS.Process(target=_work, args=(dict(os.environ), work, arguments))
    process.start()
    faults.await_fired(lambda: not process.is_alive())
    assert process.exitcode in (None, 0), "it failed by itself"
    process.kill()
    process.join()
    process.close()


def _work(environment: dict[str, str], work: Callable[..., None], arguments: tuple[str, ...]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with open(os.devnull, "w") as sys.stdout:  # noqa: PTH123 - a name, not a path
        work(*arguments)
