"""The `evaluation.embedding` section of the configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from components.settings import Settings

EMBEDDING_METRIC = "embedding_similarity"
DIMENSIONS = 768
"""Every model of the service has them; what more would tell apart is less than answers differ."""


class EmbeddingSettings(Settings):
    """The model behind the metric `embedding_similarity`, which `evaluation.metrics` asks for.

    Attributes:
        model: Publisher model, asked in `cloud.location`; pinned, because another one is another metric.
        usd_per_million_tokens: Price of its input. The default is what several pages reported in 2026 for
            `gemini-embedding-001`; Google's own page was not seen.
        requests_per_minute: Quota that its requests stay below; no limit by default.
    """

    model: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")] = "gemini-embedding-001"
    usd_per_million_tokens: Annotated[float, Field(ge=0)] = 0.15
    requests_per_minute: float | None = Field(default=None, gt=0)
