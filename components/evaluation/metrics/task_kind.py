"""What kind of answer the references are, which decides about the metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from components.evaluation.metrics.function_calls import parse_calls
from components.evaluation.metrics.matches import normalize, parse_object

TaskKind = Literal["label", "structured", "function_call", "text"]

MAX_LABELS = 1000
MAX_LABEL_CHARACTERS = 60


def detect_task_kind(references: Sequence[str]) -> TaskKind:
    """What kind of answer the references are.

    Returns:
        `function_call` when every reference is one or several calls; `structured` when every reference is a JSON
        object; `label` when the references repeat (on average each at least twice) and are few (1,000) and short (60
        characters); else `text`.
    """
    if all(parse_calls(reference) is not None for reference in references):
        return "function_call"
    if all(parse_object(reference) is not None for reference in references):
        return "structured"
    distinct = {normalize(reference) for reference in references}
    few = len(distinct) <= min(MAX_LABELS, len(references) // 2)
    if few and max(map(len, distinct)) <= MAX_LABEL_CHARACTERS:
        return "label"
    return "text"
