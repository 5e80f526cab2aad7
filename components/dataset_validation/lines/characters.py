"""Finds characters that texts should not contain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.shape.json_checks import join_path

_SURROGATE = re.compile("[\ud800-\udfff]")
_Ranges = tuple[tuple[int, int], ...]
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
_BACKSLASH = 0x5C
_ESCAPE_BYTES = 6
_ESCAPED_CODE = ord("u") << 8 | _BACKSLASH
_ESCAPED_CONTROLS = [ord(letter) << 8 | _BACKSLASH for letter in "bf"]
_TWO_BYTES = 0xC2
_HEX = np.zeros(256, np.uint16)
for _digit in "0123456789abcdefABCDEF":
    _HEX[ord(_digit)] = int(_digit, 16)
_UNWANTED_CODES = np.zeros(1 << 16, bool)
for _, _, _ranges in _UNWANTED_RANGES:
    for _first, _last in _ranges:
        _UNWANTED_CODES[_first : _last + 1] = True


def _high_digits() -> NDArray[np.bool_]:
    """Which two bytes are the first digits of an unwanted character's escape, the first one in the low byte."""
    table = np.zeros(1 << 16, bool)
    for high in np.flatnonzero(_UNWANTED_CODES.reshape(256, 256).any(axis=1)).tolist():
        first, second = ({digit, digit.upper()} for digit in f"{high:02x}")
        for one in first:
            table[[ord(one) | ord(other) << 8 for other in second]] = True
    return table


_UNWANTED_HIGH = _high_digits()


def _second_bytes() -> dict[int, NDArray[np.bool_]]:
    """The unwanted characters outside ASCII as UTF-8: for each first byte, which second and third bytes follow it."""
    tables: dict[int, NDArray[np.bool_]] = {}
    for code in np.flatnonzero(_UNWANTED_CODES[0x80:]) + 0x80:
        lead, second, third = (*chr(code).encode(), 0)[:3]
        tables.setdefault(lead, np.zeros(1 << 16, bool))[second << 8 | third] = True
    return tables


_UNWANTED_BYTES = _second_bytes()


def may_have_unwanted(data: bytes) -> bool:
    """Whether lines of valid UTF-8 need the exact search; False is certain, True is a suspicion."""
    if b"\\" in data and _escapes_unwanted(data):
        return True
    if b"\x7f" in data:
        return True
    return not data.isascii() and any(
        bytes([lead]) in data and _follows(data, lead, unwanted) for lead, unwanted in _UNWANTED_BYTES.items()
    )


def _escapes_unwanted(data: bytes) -> bool:
    """Whether some backslash is followed by what escapes an unwanted character; escaped backslashes may deceive it."""
    if len(data) < _ESCAPE_BYTES:
        return True
    # Two bytes at a time from every place, whether it is even or odd.
    pairs = np.ndarray((len(data) - 1,), "<u2", data, strides=(1,))
    at = np.flatnonzero(np.frombuffer(data, np.uint8)[: 1 - _ESCAPE_BYTES] == _BACKSLASH)
    letters = pairs[at]
    at = at[letters == _ESCAPED_CODE]
    if len(at) != len(letters) and any((letters == control).any() for control in _ESCAPED_CONTROLS):
        return True
    at = at[_UNWANTED_HIGH[pairs[at + 2]]]
    digits = [_HEX[np.frombuffer(data, np.uint8)[at + place]] for place in range(2, _ESCAPE_BYTES)]
    return bool(_UNWANTED_CODES[digits[0] << 12 | digits[1] << 8 | digits[2] << 4 | digits[3]].any())


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
