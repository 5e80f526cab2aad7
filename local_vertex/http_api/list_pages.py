"""One page of a list, chosen by `filter`, `orderBy`, `pageSize`, `pageToken` and `readMask`."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from local_vertex.calls import Json, invalid_argument

_DEFAULT_PAGE_SIZE = 100
_CONDITION = re.compile(r"""\s*([a-z_.][\w.-]*)\s*(!=|>=|<=|=|>|<|:)\s*("[^"]*"|[^\s"]+)\s*""")


def list_page(key: str, resources: list[Json], query: dict[str, str], fields: Callable[[Json], dict[str, str]]) -> Json:
    """The body of a list method's reply.

    Args:
        key: Name of the reply's list, e.g. `pipelineJobs`.
        resources: All resources in default order.
        query: Query parameters of the call.
        fields: What a resource can be filtered and ordered by: snake_case name to text.

    Raises:
        ServiceError: 400 for a filter, order or page token that is not understood.
    """
    conditions = _conditions(query.get("filter", ""))
    chosen = [
        resource
        for resource in resources
        if all(_holds(fields(resource).get(name), operator, wanted) for name, operator, wanted in conditions)
    ]
    if order := query.get("orderBy"):
        name, _, direction = order.partition(" ")
        if "," in order or direction not in ("", "asc", "desc"):
            raise invalid_argument(f"Invalid order_by: {order}.")
        chosen.sort(key=lambda resource: fields(resource).get(name, ""), reverse=direction == "desc")
    token, size = query.get("pageToken") or "0", int(query.get("pageSize") or 0) or _DEFAULT_PAGE_SIZE
    if not token.isdecimal():
        raise invalid_argument("The page token is not valid.")
    first, end = int(token), int(token) + size
    reply: Json = {key: [_masked(resource, query.get("readMask", "*")) for resource in chosen[first:end]]}
    return {**reply, "nextPageToken": str(end)} if end < len(chosen) else reply


def _conditions(expression: str) -> list[tuple[str, str, str]]:
    """Field, operator and value of each condition; they are joined by AND."""
    if not expression.strip():
        return []
    found = [_CONDITION.fullmatch(part) for part in re.split(r"\bAND\b", expression)]
    if None in found:
        raise invalid_argument(f"Invalid filter: {expression}.")
    return [(match[1], match[2], match[3].strip('"')) for match in found if match]


def _holds(value: str | None, operator: str, wanted: str) -> bool:
    if operator == "!=":
        return value != wanted
    if value is None:
        return False
    if operator in ("=", ":"):
        return fnmatchcase(value, wanted.replace("[", "[[]"))
    return {">": value > wanted, "<": value < wanted, ">=": value >= wanted, "<=": value <= wanted}[operator]


def _masked(resource: Json, mask: str) -> Json:
    if mask == "*":
        return resource
    names = {re.sub(r"_(\w)", lambda found: found.group(1).upper(), path.split(".")[0]) for path in mask.split(",")}
    return {name: value for name, value in resource.items() if name in names}
