"""Finds characters that texts should not contain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.shape.json_checks import join_path

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNWANTED = (
    ("DATA-CONTROL-CHAR", "control character", re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")),
    ("DATA-REPLACEMENT-CHAR", "replacement character", re.compile("\ufffd")),
    ("DATA-INVISIBLE-CHAR", "invisible character", re.compile("[\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")),
)
# The same characters as JSON escapes. It may find too much (an escaped backslash before a `b`), never too little: what
# it finds is looked at again in the decoded text.
_ESCAPED = re.compile(
    rb"\\(?:[bf]|u(?:00(?:0[0-8bBcCeEfF]|1|7[fF]|[89])|20(?:0[bB]|2[aAbBcCdDeE]|6)|[fF](?:[fF][fF][dD]|[eE][fF][fF])))"
)


def may_have_unwanted(line: bytes) -> bool:
    """Whether a line of valid UTF-8 needs the exact search; False is certain, True is a suspicion."""
    if b"\\" in line and _ESCAPED.search(line) is not None:
        return True
    if line.isascii():
        return b"\x7f" in line
    text = line.decode()
    # What is unwanted is not printable, but for U+FFFD; so are some spaces, which the second look clears.
    return "\ufffd" in text or (not text.isprintable() and any(pattern.search(text) for _, _, pattern in _UNWANTED))


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
