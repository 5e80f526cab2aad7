"""Proposes pairs of texts that may be alike: MinHash signatures in bands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from components.dataset_validation.near_duplicates.shingles import Offsets, Shingles

BANDS = 24
ROWS_PER_BAND = 4
"""Two texts of similarity 0.6 meet in some band with probability 0.96, of 0.7 with 0.998, of 0.2 with 0.04."""
ALL_PAIRS_UP_TO = 32
"""In a bucket of more texts each is compared with the first and with the one before it only."""

Bands = NDArray[np.uint32]
Pairs = NDArray[np.uint64]
"""Pairs of row numbers as `first << 32 | second`, first < second."""

_generator = np.random.default_rng(20260101)
_MULTIPLIERS = _generator.integers(0, 1 << 32, BANDS * ROWS_PER_BAND, dtype=np.uint32) | np.uint32(1)
_ADDENDS = _generator.integers(0, 1 << 32, BANDS * ROWS_PER_BAND, dtype=np.uint32)
_MIX = np.uint32(0x85EBCA6B)


def band_hashes(shingles: Shingles, offsets: Offsets) -> Bands:
    """One hash for each text and band, shape (texts, BANDS): texts with an equal one may be alike."""
    starts = offsets[:-1]
    bands = np.zeros((len(starts), BANDS), np.uint32)
    if not len(starts):
        return bands
    # Word-pair hashes are 31 bits wide and well mixed, so a linear function is a good enough permutation.
    for number, (multiplier, addend) in enumerate(zip(_MULTIPLIERS, _ADDENDS, strict=True)):
        smallest = np.minimum.reduceat(shingles * multiplier + addend, starts)
        band = bands[:, number // ROWS_PER_BAND]
        band *= _MIX
        band ^= smallest ^ (smallest >> np.uint32(15))
    return bands


def candidates(bands: Bands) -> Pairs:
    """Distinct pairs of texts that share a band."""
    found = np.empty(0, np.uint64)
    for number in range(bands.shape[1]):
        found = np.unique(np.concatenate((found, _same_bucket(bands[:, number]))))
    return found


def _same_bucket(keys: NDArray[np.uint32]) -> Pairs:
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    begins = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    sizes = np.diff(np.concatenate((begins, [len(keys)])))
    crowded = np.repeat(sizes > ALL_PAIRS_UP_TO, sizes)
    pairs, lag = [], 1
    while lag < len(keys):
        equal = keys[lag:] == keys[:-lag]
        if lag > 1:
            equal &= ~crowded[lag:]
        at = np.flatnonzero(equal)
        if not len(at):
            break
        pairs.append(_coded(order[at], order[at + lag]))
        lag += 1
    firsts = np.repeat(begins, sizes)
    at = np.flatnonzero(crowded & (np.arange(len(keys)) > firsts))
    pairs.append(_coded(order[firsts[at]], order[at]))
    return np.concatenate(pairs)


def _coded(first: NDArray[np.int64], second: NDArray[np.int64]) -> Pairs:
    # The order inside a bucket is that of the rows, so the first row is the smaller one.
    return first.astype(np.uint64) << np.uint64(32) | second.astype(np.uint64)
