"""Cloud Storage JSON API: listing objects.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects/list
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping

from local_vertex.calls import Json
from local_vertex.storage.object_store import ObjectStore
from local_vertex.storage.preconditions import StorageError, absent, whole_number

_PAGE = 1000

Query = Mapping[str, str]


def list_page(store: ObjectStore, bucket: str, query: Query) -> Json:
    """One page: `items`, `prefixes`, and `nextPageToken` unless it is the last.

    Raises:
        StorageError: 400 for a token or a pattern, 501 for what is soft-deleted.
    """
    if flag(query, "softDeleted"):
        raise absent("soft delete")
    if query.get("filter"):
        raise absent("filter by object contexts")
    size, after = page_of(query)
    items: list[Json] = []
    prefixes: list[str] = []
    last = ""
    page: Json = {"kind": "storage#objects"}
    for key, resource in _entries(store, bucket, query, after):
        if key != last and len(items) + len(prefixes) >= size:
            page["nextPageToken"] = page_token(last)
            break
        if resource is not None:
            items.append(resource)
        elif key != last:
            prefixes.append(key)
        last = key
    return {**page, **({"items": items} if items else {}), **({"prefixes": prefixes} if prefixes else {})}


def _entries(store: ObjectStore, bucket: str, query: Query, after: str) -> Iterator[tuple[str, Json | None]]:
    """Listing entries in order: an object's name with its resource, or a common prefix with None."""
    prefix, delimiter, end = query.get("prefix", ""), query.get("delimiter", ""), query.get("endOffset")
    start, versions = max(query.get("startOffset", ""), after), flag(query, "versions")
    trailing, wanted = flag(query, "includeTrailingDelimiter"), _matcher(query.get("matchGlob", ""))
    for resource in store.list(bucket, prefix, start=start, versions=versions):
        name = resource["name"]
        if end and name >= end:
            return
        cut = name.find(delimiter, len(prefix)) if delimiter else -1
        key = name[: cut + len(delimiter)] if cut >= 0 else name
        if (after and key <= after) or not wanted(name):
            continue
        if cut >= 0:
            yield key, None
        if cut < 0 or (trailing and key == name):
            yield key, resource


def page_of(query: Query) -> tuple[int, str]:
    """How many entries a page has at most, and the name that it starts after (empty for the first page).

    Raises:
        StorageError: 400.
    """
    size = whole_number("maxResults", query["maxResults"]) if query.get("maxResults") else _PAGE
    try:
        after = base64.urlsafe_b64decode(query.get("pageToken", "")).decode()
    except ValueError:
        raise StorageError(400, "invalid", "Invalid page token.") from None
    return min(size or _PAGE, _PAGE), after


def page_token(last: str) -> str:
    """The token of the page after this name."""
    return base64.urlsafe_b64encode(last.encode()).decode()


def flag(query: Query, parameter: str) -> bool:
    """Whether a parameter says true; the official client writes Python's `True`."""
    return query.get(parameter, "").lower() == "true"


def _matcher(glob: str) -> Callable[[str], bool]:
    """Whether a name matches a glob pattern; the empty one matches all.

    Source: https://cloud.google.com/storage/docs/json_api/v1/objects/list#list-objects-and-prefixes-using-glob
    """
    if not glob:
        return lambda name: True
    try:
        expression = re.compile(_expression(glob), re.DOTALL)
    except re.error:
        raise StorageError(400, "invalidParameter", "Invalid value for parameter matchGlob.") from None
    return lambda name: expression.fullmatch(name) is not None


_TOKENS = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?[^\]]+\]|\\.|.", re.DOTALL)
_SIMPLE = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}


def _expression(glob: str) -> str:
    parts, depth = [], 0
    for piece in _TOKENS.findall(glob):
        depth += (piece == "{") - (piece == "}")
        if piece in _SIMPLE:
            parts.append(_SIMPLE[piece])
        elif piece == "," and depth:
            parts.append("|")
        elif piece.startswith("[") and len(piece) > 1:
            negated = piece[1] in "!^"
            inside = piece[2 if negated else 1 : -1].replace("\\", "\\\\").replace("[", "\\[")
            parts.append(f"[{'^' if negated else ''}{inside}]")
        else:
            parts.append(re.escape(piece[1:] if len(piece) == 2 and piece[0] == "\\" else piece))
    return "".join(parts)
