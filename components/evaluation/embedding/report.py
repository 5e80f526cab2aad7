"""What the embeddings of an evaluation say about themselves."""

from __future__ import annotations

import msgspec


class EmbeddingReport(msgspec.Struct, frozen=True):
    """What was embedded.

    Attributes:
        model: By which model.
        texts: Different answers and references.
        missing: Of those, without a vector; their rows have no score.
        cut: Of those, longer than the model reads, so that only their beginnings were compared.
        cost_usd: List price of all their tokens, of kept vectors too.
    """

    model: str
    texts: int
    missing: int
    cut: int
    cost_usd: float
