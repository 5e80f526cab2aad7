"""What the configuration says about near duplicates."""

from __future__ import annotations

from pydantic import Field

from components.settings import Settings


class NearDuplicateSettings(Settings):
    """Whether and how nearly equal prompts are looked for.

    Attributes:
        enabled: Whether they are looked for; it takes about 20 seconds and 300 MB for a million short prompts.
        similarity: Share of common word pairs (Jaccard) from which two prompts count as nearly the same.
    """

    enabled: bool = False
    similarity: float = Field(default=0.6, ge=0.3, le=1.0)
