"""Reading resource names such as `projects/P/locations/L/endpoints/E`."""

from __future__ import annotations

import re

_LOCATION = re.compile(r"^projects/[^/]+/locations/([^/]+)/")


def location_of(name: str, *, default: str) -> str:
    """The location inside a resource name, or `default` for a name that has none.

    The location to call is always read from the name: a model tuned in us-central1 may be served at `us`
    (reference run, 2026-07-31).
    """
    found = _LOCATION.match(name)
    return found.group(1) if found else default


def short_id(name: str) -> str:
    """The last segment of a resource name, without a version suffix."""
    return name.rsplit("/", 1)[-1].partition("@")[0]


def without_version(model: str) -> str:
    """`projects/…/models/ID` of a name that may end in `@VERSION`."""
    return model.partition("@")[0]
