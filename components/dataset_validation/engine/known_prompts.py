"""Prompts of one split, to be recognised in another one at little cost."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterable, Sequence

from xxhash import xxh3_64_intdigest

_LOWER = bytes(range(256)).lower()
_WHITESPACE = b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
_TAIL_CHARS = 48
_TAIL_BYTES = 24


def normalised(text: str, encoded: bytes) -> bytes:
    """The text without case, white space and compatibility forms, as bytes.

    Args:
        text: The text.
        encoded: The same as UTF-8, which for ASCII is all that is needed.
    """
    if text.isascii():
        return encoded.translate(_LOWER, _WHITESPACE)
    # NFKC turns the wide and unbreakable spaces into the plain one.
    return unicodedata.normalize("NFKC", text).casefold().encode().translate(None, _WHITESPACE)


def prompt_hash(prompt: str, encoded: bytes) -> int:
    """The hash under which prompts are alike: case, spacing and compatibility forms do not count."""
    return xxh3_64_intdigest(normalised(prompt, encoded))


def tail_hash(prompt: str) -> int:
    """A hash of the end of a prompt, which alike prompts share; 0 when only the whole prompt can tell."""
    end = prompt[-_TAIL_CHARS:]
    # A mark at the cut belongs to a character before it.
    if len(prompt) > _TAIL_CHARS and unicodedata.combining(end[0]):
        return 0
    tail = normalised(end, end.encode())[-_TAIL_BYTES:]
    return xxh3_64_intdigest(tail) if len(tail) == _TAIL_BYTES else 0


class KnownPrompts:
    """Prompts to look for.

    A prompt is hashed as a whole only when its end is that of a known one, so prompts that are not known cost a third.
    """

    def __init__(self, prompts: Iterable[array[int]], tails: Iterable[array[int]]) -> None:
        self._prompts: set[int] = set().union(*prompts)
        # Of a prompt whose end is not hashed only the whole can tell.
        self._tails: set[int] = {0}.union(*tails)

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._prompts)

    def note_first(self, prompts: Sequence[str], encoded: Sequence[bytes], row: int, found: dict[int, int]) -> None:
        """Note the row of each known prompt that was not found before.

        Args:
            prompts: Prompts of consecutive rows.
            encoded: The same as UTF-8.
            row: The row of the first.
            found: First row by hash; what is found is added.
        """
        # The end of an ASCII text has as many bytes as characters.
        ends = [one[-_TAIL_CHARS:] for one in encoded]
        tails = [end.translate(_LOWER, _WHITESPACE)[-_TAIL_BYTES:] for end in ends]
        hashes = [xxh3_64_intdigest(tail) if len(tail) == _TAIL_BYTES else 0 for tail in tails]
        for place in [place for place, end in enumerate(ends) if not end.isascii()]:
            hashes[place] = tail_hash(prompts[place])
        if self._tails.isdisjoint(hashes):
            return
        for place, number in enumerate(hashes):
            if number in self._tails:
                whole = prompt_hash(prompts[place], encoded[place])
                if whole in self._prompts:
                    found.setdefault(whole, row + place)
