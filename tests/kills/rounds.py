"""Rounds of writing, killing, starting again and looking."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
from collections import Counter
from pathlib import Path

import httpx

from local_vertex import server as servers
from tests.kills.invariants import check_files, check_writers
from tests.kills.writer import Writer, prepare

WRITERS = 4
MOST_REQUESTS = 80
LONGEST_S = 0.01
"""After a request began: many take as long."""
FAULTS = {"faults": [{"action": "stay_queued", "path": "tuningJobs$"}]}


class _Moment:
    """The beginning of the nth request of all writers together.

    Args:
        requests: Which one.

    Attributes:
        come: Set when it begins.
    """

    def __init__(self, requests: int) -> None:
        self._left, self._mutex = requests, threading.Lock()
        self.come = threading.Event()

    def sending(self, request: httpx.Request) -> None:
        """Count one."""
        with self._mutex:
            self._left -= 1
            if self._left == 0:
                self.come.set()


def kill_rounds(directory: Path, kills: int, seed: int) -> Counter[str]:
    """Kill a server so often and check after each; what happened, counted.

    Args:
        directory: An empty folder.
        kills: How often.
        seed: Decides what is written and when the server is killed.

    Raises:
        AssertionError: Something confirmed was lost, or something else is there.
    """
    draw, counts = random.Random(seed), Counter[str]()
    state, faults = directory / "state", directory / "faults.json"
    faults.write_text(json.dumps(FAULTS))
    writers = [Writer(number, draw.getrandbits(32)) for number in range(WRITERS)]
    server = servers.start(state, idle_shutdown_s=120, faults=faults)
    try:
        prepare(server.base_url)
        for _ in range(kills):
            moment = _Moment(draw.randint(1, MOST_REQUESTS))
            threads = [
                threading.Thread(target=one.write_until_it_dies, args=(server.base_url, moment.sending))
                for one in writers
            ]
            failed: list[BaseException] = []
            threading.excepthook = lambda raised, into=failed: into.append(raised.exc_value)  # type: ignore[misc]
            for thread in threads:
                thread.start()
            assert moment.come.wait(60) or failed, "the writers wrote nothing"
            # Not to wait for something: where in its request the kill meets the server is what is tried.
            threading.Event().wait(draw.uniform(0, LONGEST_S))
            os.kill(server.pid, signal.SIGKILL)
            os.waitpid(server.pid, 0)
            for thread in threads:
                thread.join()
            assert not failed, failed
            server = servers.start(state, idle_shutdown_s=120, faults=faults)
            check_files(state)
            counts["kills"] += 1
            counts["unsure writes"] += sum(known.unsure for one in writers for known in one.objects.values())
            counts["unsure writes that were done"] += check_writers(server.base_url, writers)
        counts["confirmed writes"] = sum(writer.confirmed for writer in writers)
    finally:
        threading.excepthook = threading.__excepthook__
        server.stop()
    return counts
