"""Occurrences of hashed n-grams in texts: words alone and in pairs, and runs of 2 to 5 characters of a word.

The kinds of n-grams are those of scikit-learn's HashingVectorizer with `char_wb`; importing that takes seconds, which
every fit, every server that answers and every batch prediction would pay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import xxhash

Rows: TypeAlias = sp.csr_matrix
Numbers = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_WORD = re.compile(r"\b\w+\b")
_LONGEST_RUN = 5
_SPACE = np.uint64(ord(" "))
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(32)
_TEXTS_AT_ONCE = 512
"""Bounds the memory; every character has a few numbers."""


def count_ngrams(texts: Sequence[str], buckets: int) -> Rows:
    """One row per text: the first `buckets` columns count n-grams of words, the others those of characters."""
    blocks = [_count(texts[first : first + _TEXTS_AT_ONCE], buckets) for first in range(0, len(texts), _TEXTS_AT_ONCE)]
    return sp.vstack(blocks, format="csr") if blocks else sp.csr_matrix((0, 2 * buckets), dtype=np.float32)


def bucket_numbers(text: str, buckets: int) -> Places:
    """The column of every n-gram of one text, as often as it occurs."""
    lower = [text.lower()]
    words = [_bucket(hashed, buckets) for hashed, _ in _words(lower)]
    return np.concatenate([*words, *(_bucket(hashed, buckets) + buckets for hashed, _ in _runs(lower))])


def _count(texts: Sequence[str], buckets: int) -> Rows:
    lower = [text.lower() for text in texts]
    found = [(_bucket(hashed, buckets), row) for hashed, row in _words(lower)]
    found += [(_bucket(hashed, buckets) + buckets, row) for hashed, row in _runs(lower)]
    columns, rows = (np.concatenate(part) for part in zip(*found, strict=True))
    return sp.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(texts), 2 * buckets))


def _words(texts: Sequence[str]) -> Iterator[tuple[Numbers, Places]]:
    """Words, then pairs of neighbours: their hashes and the numbers of their texts."""
    known: dict[str, int] = {}
    words = [_WORD.findall(text) for text in texts]
    hashes = [known.get(word) or known.setdefault(word, _hash(word)) for found in words for word in found]
    single = np.array(hashes, np.uint64)
    text = np.repeat(np.arange(len(texts)), [len(found) for found in words])
    yield single, text
    neighbours = text[:-1] == text[1:]
    yield (single[:-1] * _FACTOR + single[1:])[neighbours], text[:-1][neighbours]


def _hash(word: str) -> int:
    return xxhash.xxh3_64_intdigest(word.encode("utf-8", "surrogatepass"))


def _runs(texts: Sequence[str]) -> Iterator[tuple[Numbers, Places]]:
    """Runs of 2 to 5 characters that lie in one word with the spaces around it: hashes and numbers of texts."""
    padded = [f" {' '.join(text.split())} " for text in texts]
    characters = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    text = np.repeat(np.arange(len(texts)), [len(one) for one in padded])
    space = characters == _SPACE
    run, inside = characters, ~(space[:-1] & space[1:])
    for length in range(2, _LONGEST_RUN + 1):
        run = run[:-1] * _FACTOR + characters[length - 1 :]
        if length > 2:
            # The last but one character lies inside the run now, where a space would stand between two words.
            inside = inside[:-1] & ~space[length - 2 : -1]
        yield run[inside], text[: len(run)][inside]


def _bucket(hashed: Numbers, buckets: int) -> Places:
    mixed = (hashed ^ (hashed >> _SHIFT)) * _FACTOR
    return ((mixed ^ (mixed >> _SHIFT)) % np.uint64(buckets)).astype(np.int64)
