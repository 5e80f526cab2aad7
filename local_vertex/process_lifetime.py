"""Processes that end when they should: a child with its parent, and a whole session on request."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_WATCH_INTERVAL_S = 0.5
_SETTLE_S = 0.01


def die_with_parent(parent: int, how: signal.Signals) -> None:
    """Have this process signalled when its parent ends, even when the parent was killed.

    Linux sends the signal when the *thread* that started this process ends, so the starting thread has to outlive the
    child; elsewhere a thread watches the parent's process id.

    Args:
        parent: Process id of the parent that started this process.
        how: Signal to send to this process.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(how))
    else:
        threading.Thread(target=_watch, args=(parent, how), daemon=True).start()
    # The parent may have ended before the request was in place.
    if os.getppid() != parent:
        os.kill(os.getpid(), how)


def _watch(parent: int, how: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_INTERVAL_S)
    os.kill(os.getpid(), how)


def kill_session(session: int) -> None:
    """Kill every process of a session, also those that its members start meanwhile.

    A session's members stay in it after its leader is gone.
    """
    while members := _alive(os.getsid, session):
        for process in members:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(_SETTLE_S)


def wait_for_group(group: int) -> None:
    """Return when no process of a process group is left; they need not be children of this process."""
    while _alive(os.getpgid, group):
        time.sleep(_SETTLE_S)


def _alive(belongs_to: Callable[[int], int], wanted: int) -> list[int]:
    members = []
    for process in psutil.pids():
        with suppress(ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            # A zombie has ended; nobody may be there to collect it.
            if belongs_to(process) == wanted and psutil.Process(process).status() != psutil.STATUS_ZOMBIE:
                members.append(process)
    return members
