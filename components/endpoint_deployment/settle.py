"""Makes the world agree with the champion pointer, asking a service that is silent for a moment again."""

from __future__ import annotations

from components.clock import Clock
from components.endpoint_deployment.drift import Finding, find_drift
from components.endpoint_deployment.observed import observe
from components.endpoint_deployment.repairs import Repairs
from components.endpoint_deployment.rollout_lease import RolloutLease, current_rollout
from components.step import Step

ATTEMPTS = 4
FIRST_PAUSE_S = 0.5


def drift(step: Step, left_over: str = "") -> list[Finding]:
    """Where the world differs from the ledger now; nothing is changed."""
    return find_drift(observe(step, left_over), Repairs(step))


def settle(step: Step, left_over: str, clock: Clock) -> list[Finding]:
    """What differed from the ledger, after everything that can be repaired was repaired.

    Whoever calls it holds the rollout lease.

    Args:
        step: The model line.
        left_over: Registry name of the version whose rollout ended here or died; empty for none.
        clock: To wait a moment before a silent service is asked again.
    """
    found: list[Finding] = []
    for attempt in range(ATTEMPTS):
        try:
            for finding in drift(step, left_over):
                found.append(finding)
                if finding.repair:
                    print(f"{finding.what}: {finding.fix}", flush=True)
                    finding.repair()
            return found
        except Exception:
            if attempt + 1 == ATTEMPTS:
                raise
            clock.sleep(FIRST_PAUSE_S * 2**attempt)
    return found


def settle_after_run(step: Step, clock: Clock) -> None:
    """Finish or undo what a killed rollout left, at the end of a run; no error when that is not possible now.

    A rollout that is alive is left alone.
    """
    try:
        rolling = current_rollout(step.ledger, clock)
        if rolling and rolling[1] and rolling[0].holder != step.run_id:
            return
        if not rolling and not drift(step):
            return
        with RolloutLease(step.ledger, step.run_id, "", clock).held() as lease:
            settle(step, lease.left_over, clock)
    except Exception as failed:  # the run has an outcome of its own; status and doctor show what is left
        print(f"what serves could not be checked: {type(failed).__name__}: {failed}", flush=True)
