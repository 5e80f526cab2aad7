"""Rules of an endpoint's traffic split, and how a request finds its deployed model."""

from __future__ import annotations

import hashlib
import json

from local_vertex.calls import Json, failed_precondition, invalid_argument

NEW = "0"
"""Key of the model that is being deployed."""


def check_split(split: dict[str, int], deployed: set[str]) -> dict[str, int]:
    """The split with whole numbers.

    Args:
        split: Percent by deployed-model identifier.
        deployed: The identifiers there are.

    Raises:
        ServiceError: 400, it does not add up to 100 or names another deployed model.
    """
    if unknown := sorted(set(split) - deployed):
        raise invalid_argument(f"The traffic split names an unknown deployed model: {unknown[0][:70]!r}.")
    if any(share < 0 for share in split.values()) or sum(split.values()) != 100:
        raise invalid_argument("The traffic split must add up to 100.")
    return {deployed_id: int(share) for deployed_id, share in split.items()}


def check_single(split: dict[str, int]) -> None:
    """Nothing when one deployed model gets all the traffic.

    Whether the service splits the traffic between tuned Gemini models is not documented; the sentence is our own.

    Raises:
        ServiceError: 400, two or more get a part of it.
    """
    if sum(share > 0 for share in split.values()) > 1:
        raise failed_precondition("Traffic of tuned Gemini models cannot be split: one deployed model must get 100.")


def deploying_split(endpoint: Json, requested: dict[str, int], new_id: str) -> dict[str, int]:
    """The split after a deployment.

    Without a requested split the old one stays, so that the new model gets no traffic; only the first model of an
    endpoint gets it all.
    """
    if not requested:
        return endpoint["trafficSplit"] if endpoint["deployedModels"] else {new_id: 100}
    deployed = {model["id"] for model in endpoint["deployedModels"]} | {NEW}
    split = check_split(requested, deployed)
    return {new_id if deployed_id == NEW else deployed_id: share for deployed_id, share in split.items()}


def undeploying_split(endpoint: Json, requested: dict[str, int], gone: str) -> dict[str, int]:
    """The split after a deployed model is taken away.

    Raises:
        ServiceError: 400, it has traffic, others are left, and the request gives it to none of them.
    """
    left = {model["id"] for model in endpoint["deployedModels"]} - {gone}
    if not left:
        return {}
    if requested:
        return check_split({key: share for key, share in requested.items() if key != gone or share}, left)
    if endpoint["trafficSplit"].get(gone):
        raise failed_precondition(
            f"The deployed model {gone} has traffic; give it to others in traffic_split to undeploy it."
        )
    return {key: share for key, share in endpoint["trafficSplit"].items() if key != gone}


def chosen_model(endpoint: Json, body: Json) -> Json:
    """The deployed model that answers a request; the same request always meets the same one.

    Raises:
        ServiceError: 400, nothing is deployed or nothing has traffic.
    """
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
    point = int.from_bytes(digest[:8], "big") % 100
    for model in endpoint["deployedModels"]:
        point -= endpoint["trafficSplit"].get(model["id"], 0)
        if point < 0:
            found: Json = model
            return found
    raise failed_precondition(f"Endpoint {endpoint['name']} has no deployed model with traffic.")
