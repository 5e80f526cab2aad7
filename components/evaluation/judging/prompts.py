"""What a judge is shown, and how its words are read."""

from __future__ import annotations

import re

from components.evaluation.judging.settings import JudgeSettings
from components.gcp.judge import FIRST, SECOND

LOWEST, HIGHEST = 1, 5

_RATE = f"""
Rate the response with a whole number from {LOWEST} (bad) to {HIGHEST} (very good).
Say first why, in one sentence. The length of a response is no merit in itself.
Answer with one JSON object and nothing else: {{"explanation": "...", "score": 3}}
"""
_COMPARE = """
Which response is better? Say first why, in one sentence. The order of the responses means nothing, and neither does
their length. Answer with one JSON object and nothing else, whose choice is A, B or TIE:
{"explanation": "...", "pairwise_choice": "TIE"}
"""
_SCORE = re.compile(r'"(?:score|rating)"\s*:\s*"?(-?\d{1,3}(?:\.\d{1,4})?)')
_CHOICE = re.compile(r'"(?:pairwise_)?choice"\s*:\s*"(\w{1,20})"')
_CHOICES = {"A": 1.0, "CANDIDATE": 1.0, "B": 0.0, "BASELINE": 0.0, "TIE": 0.5}
"""Local Vertex and the service's own templates name the fields, not the letters."""


def template_of(judge: JudgeSettings) -> str:
    """The judge's prompt with `{name}` where texts belong.

    Braces of the rubric are shown as parentheses: they would be taken for fields.
    """
    shown = [judge.rubric.replace("{", "(").replace("}", ")"), "# Prompt\n{prompt}"]
    if judge.show_reference:
        shown.append("# Reference answer\n{reference}")
    if judge.kind == "pointwise":
        return "\n\n".join([*shown, "# Response\n{response}", _RATE])
    return "\n\n".join([*shown, f"# Response A\n{{{FIRST}}}", f"# Response B\n{{{SECOND}}}", _COMPARE])


def read_rating(output: str) -> float | None:
    """The rating in a judge's words, from 0 to 1; None when there is none on the scale."""
    found = _SCORE.findall(output)
    if not found or not LOWEST <= float(found[-1]) <= HIGHEST:
        return None
    return (float(found[-1]) - LOWEST) / (HIGHEST - LOWEST)


def read_choice(output: str) -> float | None:
    """1 for the response that was shown first, 0 for the other, 0.5 for a tie; None when there is no choice."""
    found = _CHOICE.findall(output)
    return _CHOICES.get(found[-1].upper()) if found else None
