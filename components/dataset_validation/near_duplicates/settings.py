"""What the configuration says about near duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from components.bounds import Bounds


@dataclass(frozen=True, kw_only=True)
class NearDuplicateSettings:
    """Whether and how nearly equal prompts are looked for.

    Attributes:
        enabled: Whether they are looked for; it takes about 20 seconds and 300 MB for a million short prompts.
        similarity: Share of common word pairs (Jaccard) from which two prompts count as nearly the same.
    """

    enabled: bool = False
    similarity: Annotated[float, Bounds(ge=0.3, le=1.0)] = 0.6
