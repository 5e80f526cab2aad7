"""Removes the endpoints of checkpoints that nobody needs, once the run has decided.

Tuning deploys every checkpoint to an endpoint of its own, which stays until somebody removes it (the service's page
"Checkpoints in supervised tuning"). What a candidate was evaluated at stays: a later run that reuses its job asks it.
"""

from __future__ import annotations

from components.errors import RetuneError
from components.gcp.checkpoints import delete_endpoint
from components.run_planning.plan import Plan
from components.step import Step
from components.supervised_tuning.failed_candidate import tuned_models


def remove_spare_endpoints(step: Step, plan: Plan) -> list[str]:
    """The endpoints that were removed. One that cannot be removed is no failure: it costs nothing until it is called.

    Never removed are the endpoint of the champion, and those of what it replaced.
    """
    tuned = tuned_models(step, plan)
    spare = [endpoint for one in tuned for endpoint in one.spare_endpoints]
    if not spare:
        return []
    kept, removed = _serving(step) | {one.endpoint for one in tuned}, []
    for endpoint in spare:
        if endpoint in kept:
            continue
        try:
            delete_endpoint(endpoint)
            removed.append(endpoint)
        except RetuneError as error:
            print(f"the endpoint of a checkpoint stays: {error}", flush=True)
    print(f"removed the endpoints of {len(removed)} checkpoints that were not chosen", flush=True)
    return removed


def _serving(step: Step) -> set[str]:
    """Endpoints of the champion and of the release before it, which a rollback restores."""
    seen = step.ledger.champion()
    if seen is None:
        return set()
    earlier = step.ledger.read_release(seen[0].release - 1)
    before = (earlier or {}).get("champion") or {}
    return {seen[0].endpoint, str(before.get("endpoint", ""))}
