"""How many training examples are new since the last run that succeeded."""

from __future__ import annotations

import numpy as np
from xxhash import xxh3_64_intdigest

from components.dataset_validation.lines.line_stream import BinarySource, LineStream

_Digests = np.ndarray[tuple[int], np.dtype[np.uint64]]


def count_new_examples(now: BinarySource, before: BinarySource) -> int:
    """Lines of a training file that an earlier one does not have.

    Lines are compared as they are written, and repeated ones count once. Eight bytes of memory are needed for a line.

    Args:
        now: Opens the file of this run.
        before: Opens the file of the last run that succeeded.
    """
    return int(np.setdiff1d(_digests(now), _digests(before), assume_unique=True).size)


def _digests(source: BinarySource) -> _Digests:
    with source() as stream:
        lines = (line.strip() for _, line in LineStream(stream) if line is not None)
        found = np.fromiter((xxh3_64_intdigest(line) for line in lines if line), np.uint64)
    return np.unique(found)
