"""Reduces texts to sets of word pairs, as 31-bit hashes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

MAX_SHINGLES = 256
"""Of a longer text the pairs with the smallest hashes are kept, which is the same sample in every text."""
KNOWN_WORDS = 1 << 20

Shingles = NDArray[np.uint32]
Offsets = NDArray[np.int64]

_WORDS = re.compile(r"\w+")
# Scripts that are written without spaces: each character stands for a word.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_KEPT = bytes(
    ord(chr(byte).lower()) if byte < 128 and (chr(byte).isalnum() or byte == ord("_")) else ord(" ")
    for byte in range(256)
)
_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


class Shingler:
    """Turns texts into sets of word pairs; remembers the hashes of words."""

    def __init__(self) -> None:
        self._hashes: dict[bytes, int] = {}

    def shingles(self, texts: Sequence[str]) -> tuple[Shingles, Offsets]:
        """The word pairs of each text, without case and punctuation.

        Args:
            texts: Any texts; one of a single word stands for that word.

        Returns:
            The sorted, distinct pairs of all texts one after the other, and the offset of each text's first; one offset
            more than there are texts. Every text has at least one pair.
        """
        words: list[int] = []
        ends = np.empty(len(texts) + 1, np.int64)
        ends[0] = 0
        for row, text in enumerate(texts):
            found = self._word_hashes(text)
            if len(found) == 1:
                found.append(0)
            words += found
            ends[row + 1] = len(words)
        hashes = np.array(words, np.uint64)
        pairs = ((hashes[:-1] * _FIRST ^ hashes[1:]) * _SECOND) >> np.uint64(33)
        inside = np.ones(len(pairs), bool)
        inside[ends[1:-1] - 1] = False  # a pair does not reach into the next text
        rows = np.repeat(np.arange(len(texts), dtype=np.uint64), np.diff(ends))[:-1]
        return _distinct(rows[inside], pairs[inside], len(texts))

    def _word_hashes(self, text: str) -> list[int]:
        words = _split(text)
        known = self._hashes
        try:
            return [known[word] for word in words]
        except KeyError:
            if len(known) > KNOWN_WORDS:
                known.clear()
            for word in words:
                if word not in known:
                    known[word] = xxh3_64_intdigest(word)
            return [known[word] for word in words]


def _split(text: str) -> list[bytes]:
    """The words of a text; the text itself when it has none."""
    if text.isascii():
        words = text.encode().translate(_KEPT).split()
    else:
        if _UNSPACED.search(text):
            text = _UNSPACED.sub(r" \g<0> ", text)
        words = [word.encode() for word in _WORDS.findall(text.casefold())]
    return words or [text.encode()]


def _distinct(rows: NDArray[np.uint64], pairs: NDArray[np.uint64], texts: int) -> tuple[Shingles, Offsets]:
    keys = np.sort(rows << np.uint64(32) | pairs)
    keys = keys[np.concatenate(([True], keys[1:] != keys[:-1]))] if len(keys) else keys
    owner = (keys >> np.uint64(32)).astype(np.int64)
    offsets = np.searchsorted(owner, np.arange(texts + 1))
    keep = np.arange(len(keys)) - offsets[owner] < MAX_SHINGLES
    lengths = np.minimum(np.diff(offsets), MAX_SHINGLES)
    return keys[keep].astype(np.uint32), np.concatenate(([0], np.cumsum(lengths)))
