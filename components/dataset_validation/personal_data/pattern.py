"""What a kind of value looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

Span = tuple[int, int]
"""First character and the one after the last."""

IS = r"[ \t\r\n\"'`]{0,6}(?::=|=>|[:=]|\bis\b)[ \t\r\n\"'`]{0,6}"
"""What stands between a name and its value in prose, code, YAML and JSON."""


@dataclass(frozen=True)
class Pattern:
    """One kind of value.

    Attributes:
        kind: What it is called, with its article.
        code: The rule that forbids it.
        spans: Where such values stand in a text. It takes time in proportion to the text.
        words: ASCII in small letters, without quotes, slashes and backslashes; a text has such values only when one of
            them occurs in it in any case. Empty for values that are not told by a word.
        numeric: Whether such values need a long number in the text too.
    """

    kind: str
    code: str
    spans: Callable[[str], Iterable[Span]]
    words: tuple[str, ...] = ()
    numeric: bool = False


def expression(
    pattern: str, accepts: Callable[[str], object] = bool, words: tuple[str, ...] = ()
) -> Callable[[str], Iterator[Span]]:
    """Where a regular expression matches and its value is accepted.

    Args:
        pattern: The expression. Its repetitions are bounded, or cannot begin inside each other, so that no text takes
            long. A look behind comes after the first character, because a known first character is quick to find.
            The value is the group `value` where there is one, otherwise the whole match.
        accepts: Whether a value is one.
        words: Every match begins with one of these words, in small letters; finding them first is quicker than the
            expression.
    """
    compiled = re.compile(pattern)
    group = "value" if "value" in compiled.groupindex else 0

    def matches(text: str) -> Iterator[re.Match[str]]:
        lowered = text.lower()
        if not words or len(lowered) != len(text):
            yield from compiled.finditer(text)
            return
        for word in words:
            at = lowered.find(word)
            while at >= 0:
                match = compiled.match(text, at)
                if match is not None:
                    yield match
                at = lowered.find(word, at + 1)

    def spans(text: str) -> Iterator[Span]:
        for match in matches(text):
            if accepts(match[group]):
                yield match.span(group)

    return spans


def digits_of(text: str) -> str:
    """The digits of a number that is written with spaces and marks."""
    return "".join(filter(str.isdigit, text))
