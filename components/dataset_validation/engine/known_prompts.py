"""Prompts of one split, to be recognised in another one at little cost."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterable, Sequence

from xxhash import xxh3_64_intdigest

_LOWER = bytes(range(256)).lower()
_WHITESPACE = b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
_TAIL_CHARS = 64
TAIL_BYTES = 40
"""The reader in C has the same number (native/module.c).

Twenty Cyrillic letters: with twelve, prompts of a few hundred words were mistaken for each other too often."""
_CUT_BYTES = 80
"""So much of the end of a text with characters outside ASCII, of which most take two or three bytes, is looked at."""
_CONTINUATION = bytes(range(0x80, 0xC0))
_BETWEEN = "\uffff"
"""Joins ends of prompts that are normalised together. It is no character, and nothing composes with it."""
_BETWEEN_BYTES = b"\xff"
"""The same for UTF-8, in which it does not occur."""


def normalised(text: bytes) -> bytes:
    """A text in UTF-8 without case, white space and compatibility forms."""
    if text.isascii():
        return text.translate(_LOWER, _WHITESPACE)
    # NFKC turns the wide and unbreakable spaces into the plain one.
    return unicodedata.normalize("NFKC", text.decode()).casefold().encode().translate(None, _WHITESPACE)


def prompt_hash(prompt: bytes) -> int:
    """The hash under which prompts, in UTF-8, are alike: case, spacing and compatibility forms do not count."""
    return xxh3_64_intdigest(normalised(prompt))


def known_hashes(prompts: Sequence[bytes]) -> tuple[list[int], list[int]]:
    """Under what prompts are looked for: hashes of the whole prompts, and of their ends, 0 for a prompt that is short.

    Args:
        prompts: Some prompts in UTF-8.
    """
    wholes = list(map(normalised, prompts))
    return list(map(xxh3_64_intdigest, wholes)), _hashes(wholes)


def _tail_hashes(prompts: Sequence[bytes], tails: Sequence[bytes | None]) -> list[int]:
    """The hash of each prompt's end, without looking at the rest; 0 where only the whole prompt can tell."""
    hashes = [xxh3_64_intdigest(tail) if tail else 0 for tail in tails]
    unknown = [place for place, tail in enumerate(tails) if tail is None]
    if unknown:
        for place, number in zip(unknown, _end_hashes([prompts[place] for place in unknown]), strict=True):
            hashes[place] = number
    return hashes


def _end_hashes(prompts: Sequence[bytes]) -> list[int]:
    # The end of an ASCII text has as many bytes as characters. All of them at once, because the calls cost most.
    ends = [one[-_TAIL_CHARS:] for one in prompts]
    hashes = _hashes(_BETWEEN_BYTES.join(ends).translate(_LOWER, _WHITESPACE).split(_BETWEEN_BYTES))
    others = [place for place, end in enumerate(ends) if not end.isascii()]
    if others:
        for place, number in zip(others, _other_hashes([prompts[place] for place in others]), strict=True):
            hashes[place] = number
    return hashes


def _other_hashes(prompts: Sequence[bytes]) -> list[int]:
    # A character that is cut has bytes without their first one.
    cut = [one[-_CUT_BYTES:].lstrip(_CONTINUATION) for one in prompts]
    between = _BETWEEN.encode()
    joined = between.join(cut)
    tails = normalised(joined).split(between)
    ends = joined.decode().split(_BETWEEN)
    if len(tails) != len(prompts):
        ends = [one.decode() for one in cut]
        tails = [normalised(one) for one in cut]
    # A mark at the cut belongs to a character before it.
    return [
        0 if len(one) > _CUT_BYTES and unicodedata.combining(end[0]) else number
        for one, end, number in zip(prompts, ends, _hashes(tails), strict=True)
    ]


def _hashes(tails: Sequence[bytes]) -> list[int]:
    return [xxh3_64_intdigest(tail[-TAIL_BYTES:]) if len(tail) >= TAIL_BYTES else 0 for tail in tails]


class KnownPrompts:
    """Prompts to look for.

    A prompt is hashed as a whole only when its end is that of a known one, so prompts that are not known cost a third.
    """

    def __init__(self, prompts: Iterable[array[int]], tails: Iterable[array[int]]) -> None:
        self._prompts: set[int] = set().union(*prompts)
        # Where the end could not be hashed only the whole can tell.
        self._tails: set[int] = {0}.union(*tails)

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._prompts)

    def note_first(
        self, prompts: Sequence[bytes], tails: Sequence[bytes | None], row: int, found: dict[int, int]
    ) -> None:
        """Note the row of each known prompt that was not found before.

        Args:
            prompts: Prompts of consecutive rows in UTF-8, at least one.
            tails: Their ends as `LineTexts` has them.
            row: The row of the first.
            found: First row by hash; what is found is added.
        """
        hashes = _tail_hashes(prompts, tails)
        if self._tails.isdisjoint(hashes):
            return
        for place, number in enumerate(hashes):
            if number in self._tails:
                whole = prompt_hash(prompts[place])
                if whole in self._prompts:
                    found.setdefault(whole, row + place)
