"""Whether the models answer in the form that the references have."""

from __future__ import annotations

from collections.abc import Sequence

from components.errors import dataset_error
from components.evaluation.metrics.case import Case
from components.evaluation.metrics.function_calls import parse_calls
from components.evaluation.metrics.matches import normalize, parse_object
from components.evaluation.metrics.task_kind import TaskKind

MIN_ANSWERS = 20
_FORMS = {"label": "labels", "structured": "JSON objects", "function_call": "function calls", "text": "texts"}


def require_same_format(kind: TaskKind, systems: Sequence[Sequence[Case]]) -> None:
    """Refuse a test set whose references have a form that not one answer of any model has.

    Nothing could be told from such an evaluation: every model scores 0, or by chance. With fewer than 20 answers
    nothing is refused.

    Raises:
        RetuneError: `EVAL-FORMAT`.
    """
    references = [case.reference for case in systems[0]]
    labels = {normalize(reference) for reference in references}
    answers = [case.answer for cases in systems for case in cases if case.answer is not None]
    if len(answers) < MIN_ANSWERS or any(_has_form(kind, answer, labels) for answer in answers):
        return
    raise dataset_error(
        "EVAL-FORMAT",
        f"the references are {_FORMS[kind]}, and not one of {len(answers)} answers of {len(systems)} models is",
        "write the references in the form of the training examples' answers, or set evaluation.task_kind",
        "test set",
    )


def _has_form(kind: TaskKind, answer: str, labels: set[str]) -> bool:
    if kind == "label":
        return normalize(answer) in labels
    if kind == "structured":
        return parse_object(answer) is not None
    if kind == "function_call":
        return parse_calls(answer) is not None
    return parse_object(answer) is None
