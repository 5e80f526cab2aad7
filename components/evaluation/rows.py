"""Answers of one model to the test set, one row per example, kept in Cloud Storage as they come."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from components.evaluation.requests import TestExample
from components.gcp.storage import PreconditionFailed

PART_ROWS = 500
_PART = re.compile(r"part-(\d{5})\.jsonl$")


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


_DECODER = msgspec.json.Decoder(Row)


class PartStorage(Protocol):
    """What the row store needs of `components.gcp.storage.Storage`."""

    def list(self, prefix_uri: str) -> Iterable[StoredPart]:
        """The objects whose address starts with the prefix."""
        ...

    def read(self, uri: str) -> bytes:
        """The object's bytes."""
        ...

    def write(
        self, uri: str, data: bytes, *, if_generation_match: int | None = None, content_type: str = "application/json"
    ) -> int:
        """Store the bytes, return the generation."""
        ...


class StoredPart(Protocol):
    """What a listing says of one object."""

    @property
    def uri(self) -> str:
        """`gs://bucket/name`."""
        ...


class RowStore:
    """Append-only rows of one model under `answers_uri/part-00000.jsonl`, `part-00001.jsonl` and so on.

    A part is written once with the precondition that it does not exist, so a rerun never overwrites what was paid for.

    Args:
        storage: Cloud Storage.
        answers_uri: `gs://bucket/prefix` that belongs to one model version, with or without the final slash.
    """

    def __init__(self, storage: PartStorage, answers_uri: str) -> None:
        self._storage = storage
        self._prefix = answers_uri.rstrip("/") + "/"
        self._next_part = 0

    def load(self, examples: Sequence[TestExample]) -> dict[str, Row]:
        """The stored rows that belong to these examples and need not be asked again, by example id.

        A row counts when its request is the example's: another prompt or seed is asked afresh. An example that moved to
        another line keeps its answer, and examples with equal requests have an answer each. Rows whose call failed are
        left out; the newest row of an example wins.
        """
        stored: dict[str, dict[str, Row]] = defaultdict(dict)
        wanted = {example.request_hash for example in examples}
        for uri in sorted(found.uri for found in self._storage.list(self._prefix)):
            number = _PART.search(uri)
            if number is None:
                continue
            self._next_part = max(self._next_part, int(number[1]) + 1)
            for line in self._storage.read(uri).splitlines():
                row = _DECODER.decode(line)
                if row.settled and row.request_hash in wanted:
                    stored[row.request_hash][row.example_id] = row
        return _dealt(examples, stored)

    def append(self, rows: list[Row]) -> None:
        """Write the rows as the next free part.

        A part that exists already is never replaced: it is another writer's, or our own after a lost reply. The rows
        then stand in two parts, which is harmless because they are joined by example id.
        """
        data = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
        while True:
            uri = f"{self._prefix}part-{self._next_part:05d}.jsonl"
            self._next_part += 1
            try:
                self._storage.write(uri, data, if_generation_match=0, content_type="application/jsonl")
            except PreconditionFailed:
                continue
            return


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
