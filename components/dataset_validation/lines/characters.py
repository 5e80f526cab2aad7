"""Finds characters that texts should not contain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.shape.json_checks import join_path

_SURROGATE = re.compile("[\ud800-\udfff]")
_Ranges = tuple[tuple[int, int], ...]
# The reader in C has the same in native/characters.h; a test compares the two for every character.
_UNWANTED_RANGES: tuple[tuple[str, str, _Ranges], ...] = (
    ("DATA-CONTROL-CHAR", "control character", ((0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0x7F, 0x9F))),
    ("DATA-REPLACEMENT-CHAR", "replacement character", ((0xFFFD, 0xFFFD),)),
    (
        "DATA-INVISIBLE-CHAR",
        "invisible character",
        ((0x200B, 0x200B), (0x202A, 0x202E), (0x2060, 0x2064), (0x2066, 0x2069), (0xFEFF, 0xFEFF)),
    ),
)
_UNWANTED = tuple(
    (code, name, re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges) + "]"))
    for code, name, ranges in _UNWANTED_RANGES
)
_ANY_UNWANTED = re.compile(
    "[" + "".join(f"{chr(first)}-{chr(last)}" for _, _, ranges in _UNWANTED_RANGES for first, last in ranges) + "]"
)
_UNWANTED_CODES = [
    code for _, _, ranges in _UNWANTED_RANGES for first, last in ranges for code in range(first, last + 1)
]
_TWO_BYTES = 0xC2
BACKSLASH = ord("\\")
PIECE_BYTES = 1 << 16
"""So much is compared at a time: larger arrays cost more for their memory than for the comparison."""


def _second_bytes() -> dict[int, NDArray[np.bool_]]:
    """The unwanted characters outside ASCII as UTF-8: for each first byte, which second and third bytes follow it."""
    tables: dict[int, NDArray[np.bool_]] = {}
    for code in _UNWANTED_CODES:
        if code < 0x80:
            continue
        lead, second, third = (*chr(code).encode(), 0)[:3]
        tables.setdefault(lead, np.zeros(1 << 16, bool))[second << 8 | third] = True
    return tables


_UNWANTED_BYTES = _second_bytes()


def may_have_unwanted(data: bytes) -> bool:
    """Whether lines of valid JSON have unwanted characters that are not escaped; False is certain, True a suspicion."""
    if b"\x7f" in data:
        return True
    return not data.isascii() and any(
        bytes([lead]) in data and _follows(data, lead, unwanted) for lead, unwanted in _UNWANTED_BYTES.items()
    )


def may_escape_unwanted(lines: Sequence[bytes]) -> set[int]:
    r"""Places of the lines with `\u`, `\b` or `\f`, whose decoded texts have to be looked at; certain of all others.

    Decoded, a text written in escapes has a sixth of the characters, and no escaped backslash deceives.
    """
    found: set[int] = set()
    others: list[int] = []
    for place, line in enumerate(lines):
        at = line.find(b"\\")
        if at >= 0:
            if line.startswith(b"u", at + 1):
                found.add(place)
            else:
                others.append(place)
    if others:
        found.update(others[place] for place in _with_codes([lines[place] for place in others]))
    return found


def _with_codes(lines: Sequence[bytes]) -> Iterator[int]:
    r"""Places of the lines in which a backslash is followed by u, b or f, at a third of what searching them takes."""
    codes = np.frombuffer(b"\n".join(lines), np.uint8)
    hits = [np.empty(0, np.int64)]
    for start in range(0, len(codes), PIECE_BYTES):
        piece = codes[start : start + PIECE_BYTES + 1]
        letters = piece[1:]
        escapes = letters == ord("u")
        escapes |= letters == ord("b")
        escapes |= letters == ord("f")
        escapes &= piece[:-1] == BACKSLASH
        hits.append(np.flatnonzero(escapes) + start)
    ends = np.cumsum([len(line) + 1 for line in lines])
    up_to_end = np.searchsorted(np.concatenate(hits), ends)
    yield from np.flatnonzero(np.diff(up_to_end, prepend=0)).tolist()


def is_wanted(text: str) -> bool:
    """Whether a text has no unwanted character."""
    # Of the unwanted only U+FFFD is printable. Line breaks are not, so the slower expression has to tell.
    return (text.isprintable() and "\ufffd" not in text) or _ANY_UNWANTED.search(text) is None


def _follows(data: bytes, lead: int, unwanted: NDArray[np.bool_]) -> bool:
    codes = np.frombuffer(data, np.uint8)
    at = np.flatnonzero(codes == lead)
    at = at[at + 2 < len(codes)] if lead != _TWO_BYTES else at[at + 1 < len(codes)]
    following = codes[at + 1].astype(np.uint16) << np.uint16(8)
    if lead != _TWO_BYTES:
        following |= codes[at + 2]
    return bool(unwanted[following].any())


def character_problems(value: Any, path: str = "") -> Iterator[Problem]:
    """One problem for each kind of unwanted character in each string of a decoded value, keys included."""
    if isinstance(value, str):
        yield from _text_problems(value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from character_problems(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _text_problems(key, path)
            yield from character_problems(item, join_path(path, _plain(key)))


def _text_problems(text: str, path: str) -> Iterator[Problem]:
    if text.isascii() and text.isprintable():
        return
    surrogate = _SURROGATE.search(text)
    if surrogate is not None:
        yield Problem("DATA-SURROGATE", f"lone surrogate U+{ord(surrogate[0]):04X}", path)
    for code, name, pattern in _UNWANTED:
        found = pattern.findall(text)
        if found:
            more = f", {len(found)} in all" if len(found) > 1 else ""
            yield Problem(code, f"{name} U+{ord(found[0]):04X}{more}", path)


def _plain(key: str) -> str:
    """The key as a path may show it: user-defined names are cut and escaped."""
    return key[:40].encode("ascii", "backslashreplace").decode("ascii")
