"""Compares what the service tuned on with what was validated."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from components.dataset_validation.snapshot import SplitFacts
from components.errors import dataset_error
from components.gcp.tuning_status import DataStatistics

SHOWN_LINES = 5
SHOWN_CHARACTERS = 120
TOKENS_OFF = 0.25


class DataCheck(msgspec.Struct, frozen=True):
    """The training file as it was validated and as the service saw it.

    Attributes:
        validated_examples: Lines of the snapshot's training file.
        examples: Lines that the service counted.
        dropped: Examples that it left out.
        dropped_lines: Line numbers of some of them.
        estimated_tokens: Tokens of the training file, as validation estimated them.
        billable_tokens: What the service bills.
        warnings: What differs, in sentences.
    """

    validated_examples: int
    examples: int
    dropped: int
    dropped_lines: list[int]
    estimated_tokens: int
    billable_tokens: int
    warnings: list[str]


def check_data(train: SplitFacts, found: DataStatistics | None, epochs: int, max_dropped_share: float) -> DataCheck:
    """The comparison, for a job that ended well.

    Args:
        train: Facts of the validated training file.
        found: The job's statistics; None when it has none, which is a warning.
        epochs: Passes over the file.
        max_dropped_share: Share of the examples that may have been left out.

    Raises:
        RetuneError: `TUNE-DROPPED`, more were left out.
    """
    if found is None:
        return DataCheck(
            train.rows, 0, 0, [], train.tokens, 0, ["the service reported no statistics of the training data"]
        )
    warnings = []
    # Whether the count has the dropped examples in it is not documented.
    if train.rows not in (found.examples, found.examples + found.dropped):
        warnings.append(f"{train.rows:,} examples were validated, the service counted {found.examples:,}")
    if found.dropped:
        warnings.append(f"the service left out {found.dropped:,} of {train.rows:,} examples: {_dropped(found)}")
    # Whether epochs are in the count is not documented either.
    off = [abs(found.billable_tokens - train.tokens * times) / max(train.tokens * times, 1) for times in (1, epochs)]
    if found.billable_tokens and min(off) > TOKENS_OFF:
        warnings.append(f"{train.tokens:,} tokens were estimated, the service bills {found.billable_tokens:,}")
    if found.dropped > max_dropped_share * train.rows:
        raise dataset_error(
            "TUNE-DROPPED",
            f"the service left out {found.dropped:,} of {train.rows:,} training examples: {_dropped(found)}",
            "correct those examples, or raise tuning.max_dropped_share to keep the model, which is paid for and reused",
            train.uri,
        )
    lines = list(found.dropped_lines)
    return DataCheck(train.rows, found.examples, found.dropped, lines, train.tokens, found.billable_tokens, warnings)


def _dropped(found: DataStatistics) -> str:
    reasons: Sequence[str] = found.dropped_reasons or ("no reason given",) * len(found.dropped_lines)
    shown = [
        f"line {line}: {reason[:SHOWN_CHARACTERS]}"
        for line, reason in list(zip(found.dropped_lines, reasons, strict=False))[:SHOWN_LINES]
    ]
    more = found.dropped - len(shown)
    return "; ".join([*shown, f"and {more:,} more"] if more else shown)
