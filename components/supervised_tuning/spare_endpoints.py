"""Removes the endpoints of checkpoints that nobody needs, once the run has decided.

Tuning deploys every checkpoint to an endpoint of its own, which stays until somebody removes it (the service's page
"Checkpoints in supervised tuning"). What a candidate was evaluated at stays: a later run that reuses its job asks it.
"""

from __future__ import annotations

import msgspec

from components.errors import RetuneError
from components.gcp.checkpoints import delete_endpoint
from components.gcp.ledger import Champion
from components.gcp.model_registry import ModelRegistry
from components.line_labels import used_elsewhere
from components.run_planning.plan import Plan
from components.step import Step
from components.supervised_tuning.failed_candidate import tuned_models


def remove_spare_endpoints(step: Step, plan: Plan) -> list[str]:
    """The endpoints that were removed. One that cannot be removed is no failure: it costs nothing until it is called.

    Never removed are endpoints of versions in a release record, which a rollback may restore, and those of a model
    that another environment uses: it may have chosen another checkpoint.
    """
    tuned = tuned_models(step, plan)
    if not any(one.spare_endpoints for one in tuned):
        return []
    kept, removed = _released(step) | {one.endpoint for one in tuned}, []
    registry = ModelRegistry(step.cloud)
    for one in tuned:
        try:
            found = registry.find(one.model) if one.spare_endpoints else None
        except RetuneError as error:
            print(f"the endpoints of checkpoints stay: {error}", flush=True)
            continue
        if found and used_elsewhere(found.labels, step.ledger.root):
            continue
        removed += [endpoint for endpoint in one.spare_endpoints if endpoint not in kept and _remove(endpoint)]
    print(f"removed the endpoints of {len(removed)} checkpoints that were not chosen", flush=True)
    return removed


def _remove(endpoint: str) -> bool:
    try:
        delete_endpoint(endpoint)
    except RetuneError as error:
        print(f"the endpoint of a checkpoint stays: {error}", flush=True)
        return False
    return True


def _released(step: Step) -> set[str]:
    """Endpoints of every version that a release record names, the champion's included: a rollback can restore each."""
    seen = step.ledger.champion()
    champions = [msgspec.convert(record["champion"], Champion) for _, record in step.ledger.releases()]
    champions += [seen[0]] if seen else []
    return {endpoint for one in champions for endpoint in (one.endpoint, one.tuning_endpoint)}
