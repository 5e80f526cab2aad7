"""Metrics that the user writes as a prompt: a model says how good an answer is, from 0 to 1."""

from __future__ import annotations

import json
import re

FIELDS = {"prompt": "prompt", "reference": "reference", "answer": "response"}
"""What the prompt calls a text, and what the evaluation service is told: local Vertex's judge looks for a response."""

_FIELD = re.compile(r"\{(\w{1,100})\}")
_FENCE = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)
_LAST = """

The score is a number from 0 to 1. Answer with one JSON object and nothing else: {"score": 0.75}
"""


def check_prompt(prompt: str) -> str:
    """The prompt, when it shows the answer and nothing that there is not.

    Raises:
        ValueError: It does not.
    """
    named = set(_FIELD.findall(prompt))
    if unknown := sorted(named - FIELDS.keys()):
        raise ValueError(f"there is no text {{{unknown[0]}}}; known: {{prompt}}, {{reference}} and {{answer}}")
    if "answer" not in named:
        raise ValueError("the prompt must show the {answer}")
    return prompt


def template_of_prompt(prompt: str) -> str:
    """The prompt as the service takes it, with what the model must answer below it."""
    return _FIELD.sub(lambda found: f"{{{FIELDS[found[1]]}}}", prompt) + _LAST


def read_score(output: str) -> float | None:
    """The score in a model's words; None unless they are a JSON object with a score from 0 to 1, or that number."""
    fenced = _FENCE.fullmatch(output.strip())
    try:
        said = json.loads(fenced[1] if fenced else output)
    except (ValueError, RecursionError):
        return None
    score = said.get("score") if isinstance(said, dict) else said
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        return None
    return float(score)
