"""What a misspelt name was probably meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MEANT = {
    "messages": "contents",
    "conversation": "contents",
    "content": "parts",
    "assistant": "model",
    "ai": "model",
    "bot": "model",
    "gpt": "model",
    "human": "user",
    "system": "systemInstruction",
    "systemPrompt": "systemInstruction",
    "functions": "tools",
    "uri": "fileUri",
    "arguments": "args",
    "mov": "quicktime",
}
_MIN_SIMILARITY = 0.7


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant: a usual synonym or a close spelling; None when nothing is close."""
    candidates = list(known)
    synonym = _MEANT.get(name)
    if synonym in candidates:
        return synonym
    lowered = {candidate.lower(): candidate for candidate in candidates}
    close = difflib.get_close_matches(name[:80].lower(), lowered, n=1, cutoff=_MIN_SIMILARITY)
    return lowered[close[0]] if close else None
