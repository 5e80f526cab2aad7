"""The record of who may start a paid job."""

from __future__ import annotations

import msgspec


class LaunchClaim(msgspec.Struct, frozen=True):
    """Who may start the paid job of a fingerprint.

    Attributes:
        run_id: The claiming run.
        holder: Tells its processes apart: a task that was started again is not the one that claimed.
        state: `claimed`, `started`, or `released` when the service refused the job.
        job: Resource name of the job once it is known.
    """

    run_id: str
    holder: str
    state: str
    job: str
