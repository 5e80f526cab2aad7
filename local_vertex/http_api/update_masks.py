"""Field masks of patch requests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from local_vertex.calls import Json, invalid_argument


def masked_fields(body: Json, mask: str | None, changeable: Sequence[str]) -> dict[str, Any]:
    """The changes that a patch makes, by camelCase field; a field in the mask but not in the body is emptied.

    Args:
        body: The resource as sent.
        mask: `updateMask`, snake_case or camelCase paths separated by commas; `*` and no mask mean what the body has.
        changeable: Fields that may change.

    Raises:
        ServiceError: 400, the mask names another field.
    """
    if not mask or mask == "*":
        return {field: body[field] for field in changeable if field in body}
    changes: dict[str, Any] = {}
    for path in mask.split(","):
        field = re.sub(r"_([a-z])", lambda match: match[1].upper(), path.strip())
        if field not in changeable:
            raise invalid_argument(f"Invalid update_mask: {path.strip()[:100]!r} cannot be changed.")
        changes[field] = body.get(field, {} if field in ("labels", "trafficSplit") else "")
    return changes
