"""Pages of models and endpoints."""

from __future__ import annotations

from typing import Any

from local_vertex.calls import Json, not_found
from local_vertex.console.job_pages import flat
from local_vertex.context import Context
from local_vertex.registry.model_versions import EVALUATIONS, deployments_of, versions_of
from local_vertex.serving.served_models import find_endpoint

_MOST_METRICS = 200


def model(context: Context, name: str) -> dict[str, Any]:
    """What `model.html.j2` shows: every version, newest first, with its endpoints and evaluations.

    Raises:
        ServiceError: 404.
    """
    versions = versions_of(context.state, name)[::-1]
    if not versions:
        raise not_found(name)
    return {
        "live": True,
        "name": name,
        "versions": [
            {
                "record": version,
                "endpoints": dict.fromkeys(one["endpoint"] for one in deployments_of(context.state, version)),
                "evaluations": [_evaluation(one) for one in context.state.list(EVALUATIONS, version["name"])[::-1]],
            }
            for version in versions
        ],
    }


def endpoint(context: Context, name: str) -> dict[str, Any]:
    """What `endpoint.html.j2` shows.

    Raises:
        ServiceError: 404.
    """
    found = find_endpoint(context.state, name)
    return {"live": True, "endpoint": found, "shares": found.get("trafficSplit", {})}


def _evaluation(record: Json) -> Json:
    """An evaluation with its metrics by name; `X low` and `X high` are the bounds of `X`."""
    metrics = dict(flat(record["metrics"], most=_MOST_METRICS))
    bounds = {name: (f"{name} low", f"{name} high") for name in metrics}
    bounded = {name: pair for name, pair in bounds.items() if all(bound in metrics for bound in pair)}
    hidden = {bound for pair in bounded.values() for bound in pair}
    cells = {name: [text, *(metrics[bound] for bound in bounded.get(name, ()))] for name, text in metrics.items()}
    shown = [(name, cells[name]) for name in sorted(metrics.keys() - hidden)]
    return {"record": record, "metrics": shown, "columns": ["Value", "Low", "High"] if bounded else ["Value"]}
