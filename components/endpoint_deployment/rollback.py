"""Rollback: an earlier version serves again, by one command, whatever has become of the one that serves now."""

from __future__ import annotations

from components.clock import Clock
from components.endpoint_deployment.history import effective, fallback, now, read_releases, write_release
from components.endpoint_deployment.release_record import Release
from components.endpoint_deployment.restorable import check_restorable
from components.endpoint_deployment.rollout_lease import RolloutLease
from components.endpoint_deployment.settle import settle
from components.errors import configuration_error, service_error
from components.gcp.ledger import Champion
from components.gcp.storage import PreconditionFailed
from components.step import Step


def rollback_target(step: Step, to: int | None) -> Champion:
    """What a rollback would let serve.

    Args:
        step: The model line.
        to: Number of the release to restore; None for the version that served before the one that serves now.

    Raises:
        RetuneError: `ROLLBACK-NONE`, there is nothing to go back to; `ROLLBACK-UNKNOWN`, the release never served;
            `ROLLBACK-SERVES`, it serves already; `ROLLBACK-GONE` and `RELEASE-SHARED`, see `check_restorable`.
    """
    seen = step.ledger.champion()
    champion = seen[0] if seen else None
    target = fallback(step.ledger, champion) if to is None else _release(step, champion, to)
    if champion is None or target is None:
        raise configuration_error(
            "ROLLBACK-NONE",
            "nothing served before what serves now",
            "see `retune releases`; a version that never served is released by a run",
            f"{step.ledger.root}/champion.json",
        )
    if target.model == champion.model:
        raise configuration_error(
            "ROLLBACK-SERVES",
            f"the version of release {target.release} serves now",
            "see `retune releases`",
            target.model,
        )
    check_restorable(step, target)
    return target


def roll_back(step: Step, to: int | None, by: str, why: str, clock: Clock | None = None) -> Release:
    """Let an earlier version serve again and return the record of that.

    The pointer is replaced first and the traffic follows it, because waiting for probes of what is known would only
    keep what is broken. Killed in between, `retune doctor --fix`, or the end of the next run, moves the traffic.

    Args:
        step: The model line.
        to: As for `rollback_target`.
        by: Who wants it.
        why: In one sentence.
        clock: Time of day; the real one when not given.

    Raises:
        RetuneError: As `rollback_target`; `RELEASE-BUSY`; `RELEASE-CONFLICT`, another one was faster; `SERVICE-…`,
            whose notes say whether the pointer has moved.
    """
    clock = clock or Clock()
    with RolloutLease(step.ledger, step.run_id, "", clock).held() as lease:
        target = rollback_target(step, to)
        seen = step.ledger.champion()
        assert seen
        made = write_release(step.ledger, _record(step, target, seen[0], by, why))
        try:
            step.ledger.replace_champion(made.champion, seen[1])
        except PreconditionFailed as error:
            raise service_error(
                "RELEASE-CONFLICT",
                "another release took effect at the same moment; that one serves",
                "see `retune status`, and roll back again if it must be",
                f"{step.ledger.root}/champion.json",
            ) from error
        try:
            settle(step, lease.left_over, clock)
        except Exception as error:
            error.add_note(f"release {made.number} is what is to serve; move the traffic with `retune doctor --fix`")
            raise
        return made


def _release(step: Step, champion: Champion | None, number: int) -> Champion:
    served = {one.number: one for one in effective(read_releases(step.ledger), champion)}
    if number not in served:
        numbers = ", ".join(map(str, sorted(served))) or "none"
        raise configuration_error(
            "ROLLBACK-UNKNOWN", f"release {number} never served", f"choose one of {numbers}", f"--to {number}"
        )
    return served[number].champion


def _record(step: Step, target: Champion, previous: Champion, by: str, why: str) -> Release:
    releases = read_releases(step.ledger)
    restored = releases[target.release]
    return Release(
        number=0,
        champion=target,
        previous=previous,
        reasons=restored.reasons,
        evaluation_uri=restored.evaluation_uri,
        report_uri=restored.report_uri,
        released_at=now(),
        kind="rollback",
        restores=restored.restores or restored.number,
        by=by,
        why=why,
        snapshot_uri=restored.snapshot_uri,
        tuning_job=restored.tuning_job,
        origin=restored.origin,
    )
