"""Append-only records in Cloud Storage, in parts that are written once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from components.gcp.storage import PreconditionFailed

PART_RECORDS = 500
_PART = re.compile(r"part-(\d{5,})\.jsonl$")
Record = TypeVar("Record")


class PartStorage(Protocol):
    """What parts need of `components.gcp.storage.Storage`."""

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


class Parts(Generic[Record]):
    """Records under `PREFIX/part-00000.jsonl`, `part-00001.jsonl` and so on.

    A part is written once with the precondition that it does not exist, so nothing that was paid for is overwritten.

    Args:
        storage: Cloud Storage.
        prefix_uri: `gs://bucket/prefix`, with or without the final slash.
        kind: What the records are.
    """

    def __init__(self, storage: PartStorage, prefix_uri: str, kind: type[Record]) -> None:
        self._storage = storage
        self._prefix = prefix_uri.rstrip("/") + "/"
        self._decoder = msgspec.json.Decoder(kind)
        self._next_part = 0

    def read(self) -> Iterator[Record]:
        """Every record, oldest part first."""
        found = []
        for stored in self._storage.list(self._prefix):
            number = _PART.search(stored.uri)
            if number is not None:
                found.append((int(number[1]), stored.uri))
        for part, uri in sorted(found):
            self._next_part = max(self._next_part, part + 1)
            for line in self._storage.read(uri).splitlines():
                yield self._decoder.decode(line)

    def append(self, records: Sequence[Record]) -> None:
        """Write the records as the next free part.

        A part that exists already is never replaced: it is another writer's, or our own after a lost reply. Records
        then stand in two parts, which is harmless because they have identities.
        """
        data = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
        while True:
            uri = f"{self._prefix}part-{self._next_part:05d}.jsonl"
            self._next_part += 1
            try:
                self._storage.write(uri, data, if_generation_match=0, content_type="application/jsonl")
            except PreconditionFailed:
                continue
            return
