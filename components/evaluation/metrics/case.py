"""What a metric looks at: one row of the test set with one model's answer."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """One row.

    Attributes:
        reference: The wanted answer.
        answer: What the model said; None where it gave no answer.
        finish_reason: As the service names it; `ERROR` when the call failed, empty when the row was not asked.
        prompt: Text of the prompt.
        example_id: The example's identifier.
    """

    reference: str
    answer: str | None
    finish_reason: str = "STOP"
    prompt: str = ""
    example_id: str = ""
