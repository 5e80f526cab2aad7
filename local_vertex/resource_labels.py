"""Labels of resources and what lists can be filtered by."""

from __future__ import annotations

import re

from local_vertex.calls import Json, invalid_argument

_KEY = re.compile(r"[a-z][\w-]{0,62}")
_VALUE = re.compile(r"[\w-]{0,63}")
_MOST = 64
_OWN = "google-vertex-"
"""Labels that the service sets itself; a client sends them back unchanged when it replaces the map of labels."""


def check_labels(labels: dict[str, str]) -> None:
    """Nothing when the labels keep Google Cloud's rules.

    Source: https://cloud.google.com/resource-manager/docs/labels-overview#requirements

    Raises:
        ServiceError: 400, naming the label.
    """
    if len(labels) > _MOST:
        raise invalid_argument(f"A resource has at most {_MOST} labels.")
    for key, value in labels.items():
        if key.startswith(_OWN):
            continue
        if not _KEY.fullmatch(key) or not _VALUE.fullmatch(value) or key != key.lower() or value != value.lower():
            raise invalid_argument(
                f"Invalid label {key[:70]!r}: keys and values have at most 63 lowercase letters, digits, _ and -."
            )


def filter_fields(resource: Json) -> dict[str, str]:
    """The fields that `filter` and `orderBy` know: texts by snake_case and camelCase name, and `labels.KEY`."""
    fields = {f"labels.{key}": value for key, value in resource.get("labels", {}).items()}
    for name, value in resource.items():
        if isinstance(value, str):
            fields[name] = value
            fields[re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()] = value
    return fields
