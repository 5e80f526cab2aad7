"""Metrics of the answer's form rather than its content: length, refusals, emptiness."""

from __future__ import annotations

import re

from components.evaluation.metrics.case import Case

LONGEST_RATIO = 10.0

# Of the service's finish reasons those that say the content was not wanted (Candidate.FinishReason of the v1 API).
BLOCKED = frozenset({"BLOCKED", "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION", "IMAGE_SAFETY"})

_OPENING = 200
_REFUSAL = re.compile(
    r"\b(?:i(?:'m| am)(?: really| so| very)? sorry,? (?:but|i)\b"
    r"|i(?:'m| am) (?:unable|not able|not allowed) to\b"
    r"|i (?:cannot|can't|can not|won't|will not) "
    r"(?:help|assist|provide|comply|fulfil|answer|do that|discuss|create|give)"
    r"|as an ai\b"
    r"|es tut mir leid, (?:aber|ich)\b|(?:das )?kann ich (?:leider )?nicht (?:beantworten|helfen)"
    r"|lo siento, (?:pero|no)\b|no puedo (?:ayudar|proporcionar|responder)"
    r"|je suis désolé|je ne peux pas (?:vous )?(?:aider|fournir|répondre))"
    r"|抱歉，我|我无法|申し訳(?:ありません|ございません)が|お答えできません",
    re.IGNORECASE,
)


def length_ratio(case: Case) -> float:
    """Characters of the answer per character of the reference, at most 10; 0 without an answer."""
    return min(LONGEST_RATIO, len(case.answer or "") / max(1, len(case.reference)))


def refused(case: Case) -> float:
    """Whether the answer was blocked, or opens with words of refusal that the reference does not open with."""
    if case.answer is None:
        return float(case.finish_reason in BLOCKED)
    return float(_declines(case.answer) and not _declines(case.reference))


def empty(case: Case) -> float:
    """Whether there is no answer to read: none at all, or nothing but spaces."""
    return float(not (case.answer or "").strip())


def _declines(text: str) -> bool:
    return _REFUSAL.search(text[:_OPENING].replace("’", "'")) is not None
