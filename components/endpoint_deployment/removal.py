"""Something that cleaning may remove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Removal:
    """Something that may go.

    Attributes:
        kind: `endpoint`, `model`, `label`, `snapshot` or `replay`.
        name: Resource name or `gs://` folder.
        why: Why nobody needs it.
        remove: Removes it, unless it is needed by now.
    """

    kind: str
    name: str
    why: str
    remove: Callable[[], None]
