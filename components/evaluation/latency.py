"""How long a model took to answer, as quantiles: small enough for any number of rows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from components.evaluation.rows import Row

SHARES = tuple(range(1, 100))


class Latencies(msgspec.Struct, frozen=True):
    """The latencies of one system.

    Attributes:
        answers: Answers with a latency; those of a batch have none.
        milliseconds: The 1st to the 99th percentile; empty without answers.
    """

    answers: int
    milliseconds: list[float]


def latencies_of(rows: Sequence[Row | None]) -> Latencies:
    """The latencies of the answered rows."""
    known = [row.latency_ms for row in rows if row is not None and row.answered and row.latency_ms is not None]
    quantiles = np.percentile(known, SHARES) if known else ()
    return Latencies(len(known), [round(float(value), 1) for value in quantiles])
