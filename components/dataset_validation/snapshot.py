"""The snapshot record: what was validated, where it lies and how large it is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec


class SplitFacts(msgspec.Struct, frozen=True):
    """Facts about one file of the dataset.

    Attributes:
        uri: `gs://` address of the file inside the snapshot.
        rows: Number of examples.
        bytes: Size of the file.
        sha256: Hex digest of the file's bytes.
        tokens: Estimated tokens of all examples (input and output).
    """

    uri: str
    rows: int
    bytes: int
    sha256: str
    tokens: int


class Snapshot(msgspec.Struct, frozen=True):
    """A validated dataset under a path that contains its digest.

    Attributes:
        uri: `gs://` prefix of the snapshot, ending in `/`.
        sha256: Hex digest over the digests of the three files, in the order train, validation, test.
        splits: Facts by split name: `train`, `validation`, `test`.
        facts_uri: `gs://` address of the dataset facts (JSON) that the report shows.
    """

    uri: str
    sha256: str
    splits: dict[str, SplitFacts]
    facts_uri: str

    @property
    def tuned_sha256(self) -> str:
        """Hex digest over the files that a tuning job reads: training and validation file, not the test file."""
        read = [split for split in ("train", "validation") if split in self.splits]
        return digest_of({split: self.splits[split].sha256 for split in read})


def digest_of(digests: Mapping[str, str]) -> str:
    """Hex digest over the digests of files by split, in the order of the mapping."""
    return hashlib.sha256("".join(f"{split}:{digest}\n" for split, digest in digests.items()).encode()).hexdigest()
