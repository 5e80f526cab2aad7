"""The form that answers to logged prompts usually have, found without references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from components.evaluation.metrics.function_calls import parse_calls
from components.evaluation.metrics.matches import normalize, parse_object
from components.evaluation.metrics.task_kind import TaskKind, detect_task_kind

USUAL = 0.95
FEWEST = 20
"""With fewer known answers the form of the others is a guess, and none is compared."""

Rule = tuple[str, Callable[[str], bool]]
"""What an answer has, and whether it does."""


@dataclass(frozen=True)
class AnswerForm:
    """What nearly all known answers have in common.

    Attributes:
        kind: What kind of answers they are.
        keys: Top-level keys that nearly all of them have, where they are JSON objects.
        labels: The answers that occur, where they are labels, without regard to case and spacing.
    """

    kind: TaskKind
    keys: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()

    def rules(self) -> list[Rule]:
        """What is compared; nothing for free text."""
        if self.kind == "function_call":
            return [("valid function calls", lambda answer: parse_calls(answer) is not None)]
        if self.kind == "label":
            return [("known labels", lambda answer: normalize(answer) in self.labels)]
        if self.kind == "structured":
            return [("valid JSON", lambda answer: parse_object(answer) is not None), ("usual keys", self._has_keys)]
        return []

    def _has_keys(self, answer: str) -> bool:
        found = parse_object(answer)
        return found is not None and found.keys() >= self.keys


def find_form(known: Sequence[str]) -> AnswerForm:
    """The form of known answers: those that were logged or, where none were, the champion's.

    A few answers in another form, such as refusals, do not change it: what 95 % of them are counts.
    """
    if len(known) < FEWEST:
        return AnswerForm("text")
    calls = [answer for answer in known if parse_calls(answer) is not None]
    objects = [found for found in map(parse_object, known) if found is not None]
    if len(calls) >= USUAL * len(known):
        return AnswerForm("function_call")
    if len(objects) >= USUAL * len(known):
        keys = Counter(key for found in objects for key in found)
        return AnswerForm("structured", frozenset(key for key, count in keys.items() if count >= USUAL * len(objects)))
    common = Counter(map(normalize, known))
    repeated = [answer for answer in known if common[normalize(answer)] > 1]
    if len(repeated) >= USUAL * len(known) and detect_task_kind(repeated) == "label":
        return AnswerForm("label", labels=frozenset(common))
    return AnswerForm("text")
