"""Answers of one model to the test set, one row per example, kept in Cloud Storage as they come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from components.evaluation.parts import Parts, PartStorage
from components.evaluation.requests import TestExample


class Row(msgspec.Struct, frozen=True):
    """One model's answer to one example, or the reason why there is none.

    Attributes:
        example_id: The example's identifier, see `TestExample`.
        request_hash: SHA-256 (hex) of the request, the prompt with its parameters.
        reference: The wanted answer.
        answer: The model's answer; empty when there is none.
        finish_reason: As the service names it; `BLOCKED` or `ERROR` when there was no candidate or no reply.
        error: Why there is no answer; empty when there is one.
        prompt_tokens: Tokens billed for the input.
        output_tokens: Tokens billed for the output.
        latency_ms: Wall time of the last attempt, milliseconds; None for an answer of a batch.
        attempts: Requests sent.
        safety: Safety ratings above `LOW` or blocked, as `CATEGORY:PROBABILITY`.
        cost_usd: What the tokens cost by the catalogue, in a batch half of it; None where no price is known.
        model_version: As the response names it.
    """

    example_id: str
    request_hash: str
    reference: str
    answer: str
    finish_reason: str
    error: str
    prompt_tokens: int
    output_tokens: int
    latency_ms: float | None
    attempts: int
    safety: tuple[str, ...] = ()
    cost_usd: float | None = None
    model_version: str = ""

    @property
    def answered(self) -> bool:
        """Whether the model gave an answer that can be scored."""
        return not self.error

    @property
    def settled(self) -> bool:
        """Whether asking again would be pointless: there is a reply, be it a refusal; only a failed call is not."""
        return self.finish_reason != "ERROR"


class RowStore:
    """Append-only rows of one model version.

    Args:
        storage: Cloud Storage.
        answers_uri: `gs://bucket/prefix` that belongs to one model version, with or without the final slash.

    Attributes:
        parts: The rows as they are stored.
    """

    def __init__(self, storage: PartStorage, answers_uri: str) -> None:
        self.parts = Parts(storage, answers_uri, Row)

    def load(self, examples: Sequence[TestExample]) -> dict[str, Row]:
        """The stored rows that belong to these examples and need not be asked again, by example id.

        A row counts when its request is the example's: another prompt or seed is asked afresh. An example that moved to
        another line keeps its answer, and examples with equal requests have an answer each. Rows whose call failed are
        left out; the newest row of an example wins.
        """
        stored: dict[str, dict[str, Row]] = defaultdict(dict)
        wanted = {example.request_hash for example in examples}
        for row in self.parts.read():
            if row.settled and row.request_hash in wanted:
                stored[row.request_hash][row.example_id] = row
        return _dealt(examples, stored)


def _dealt(examples: Sequence[TestExample], stored: Mapping[str, dict[str, Row]]) -> dict[str, Row]:
    """Every example's own row, and what is left over of its request to those that have none."""
    rows: dict[str, Row] = {}
    for example in examples:
        own = stored.get(example.request_hash, {}).pop(example.example_id, None)
        if own is not None:
            rows[example.example_id] = own
    for example in examples:
        left = stored.get(example.request_hash)
        if example.example_id not in rows and left:
            _, moved = left.popitem()
            rows[example.example_id] = msgspec.structs.replace(
                moved, example_id=example.example_id, reference=example.reference
            )
    return rows
