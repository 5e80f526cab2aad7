"""One page of a list, chosen by `filter`, `orderBy`, `pageSize`, `pageToken` and `readMask`."""

from __future__ import annotations

import re
from collections.abc import Callable

from local_vertex.calls import Json, invalid_argument
from local_vertex.http_api.list_filter import list_filter
from local_vertex.http_api.schema_check import snake

_DEFAULT_PAGE_SIZE = 100
_ORDER = re.compile(r"\s*([a-zA-Z_][\w.]*)(?:\s+(asc|desc))?\s*")


def list_page(key: str, resources: list[Json], query: dict[str, str], fields: Callable[[Json], dict[str, str]]) -> Json:
    """The body of a list method's reply.

    Args:
        key: Name of the reply's list, e.g. `pipelineJobs`.
        resources: All resources in default order.
        query: Query parameters of the call.
        fields: What a resource can be filtered and ordered by: snake_case name to text.

    Raises:
        ServiceError: 400 for a filter, order, page size or page token that is not understood.
    """
    holds = list_filter(query.get("filter", ""))
    chosen = [resource for resource in resources if holds(fields(resource))]
    # The last key first: a sort keeps the order of what is equal.
    for name, descending in reversed(_order(query.get("orderBy", ""))):
        chosen.sort(key=lambda resource: fields(resource).get(name, ""), reverse=descending)
    token, size = query.get("pageToken") or "0", int(query.get("pageSize") or 0) or _DEFAULT_PAGE_SIZE
    if size < 0:
        raise invalid_argument("page_size must not be negative.")
    if not token.isdecimal():
        raise invalid_argument("The page token is not valid.")
    first, end = int(token), int(token) + size
    reply: Json = {key: [_masked(resource, query.get("readMask", "*")) for resource in chosen[first:end]]}
    return {**reply, "nextPageToken": str(end)} if end < len(chosen) else reply


def _order(expression: str) -> list[tuple[str, bool]]:
    """Field and whether it descends, for each key of `orderBy`."""
    if not expression:
        return []
    found = [_ORDER.fullmatch(part) for part in expression.split(",")]
    if None in found:
        raise invalid_argument(f"Invalid order_by: {expression[:200]}.")
    return [(snake(match[1]), match[2] == "desc") for match in found if match]


def _masked(resource: Json, mask: str) -> Json:
    if mask == "*":
        return resource
    names = {re.sub(r"_(\w)", lambda found: found.group(1).upper(), path.split(".")[0]) for path in mask.split(",")}
    return {name: value for name, value in resource.items() if name in names}
