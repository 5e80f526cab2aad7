"""Counts answers: which labels there are, and in which form answers come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from components.dataset_validation.findings.finding import shown

LABEL_CHARS = 200
MAX_DISTINCT = 10_000
MAX_FIELD_VALUES = 50
TOP_LABELS = 50
KEPT_ROWS = 20

TEXT = ()
"""The form of an answer that is not a JSON object; the form of one that is, is its keys."""

Form = tuple[str, ...]
_MAY_BEGIN_OBJECT = frozenset("{ \t\n\r")


class FormRows(msgspec.Struct):
    """How often a form occurs and the first rows where it does."""

    count: int = 0
    rows: list[int] = msgspec.field(default_factory=list)


class AnswerTally:
    """The answers of one split.

    Attributes:
        forms: Occurrences by form: the keys of a JSON object in alphabetical order, or `TEXT`.
    """

    def __init__(self) -> None:
        self.forms: dict[Form, FormRows] = {}
        self._counts: Counter[str] = Counter()
        self._form_of: dict[str, Form] = {}

    def add_all(self, row: int, answers: Sequence[str]) -> None:
        """Count the answers of consecutive rows, of which the first is given."""
        plain = self._seen(TEXT)
        short: list[str] = []
        for place, answer in enumerate(answers, start=row):
            if len(answer) <= LABEL_CHARS:
                short.append(answer)
                form = self._form_of.get(answer)
                if form is None:
                    form = answer_form(answer)
                    if len(self._form_of) < MAX_DISTINCT:
                        self._form_of[answer] = form
                seen = self.forms.get(form) or self._seen(form)
            elif answer[0] not in _MAY_BEGIN_OBJECT:
                seen = plain
            else:
                seen = self._seen(answer_form(answer))
            if seen is not None:
                seen.count += 1
                if len(seen.rows) < KEPT_ROWS:
                    seen.rows.append(place)
        known = self._form_of
        self._counts.update(answer for answer in short if answer in known)

    def merge(self, later: AnswerTally, rows_before: int) -> None:
        """Add the answers of rows further down, where row 0 stands after so many rows."""
        for form, found in later.forms.items():
            seen = self._seen(form)
            if seen is not None:
                seen.count += found.count
                seen.rows += [row + rows_before for row in found.rows[: KEPT_ROWS - len(seen.rows)]]
        for answer, count in later._counts.items():
            if answer in self._form_of or len(self._form_of) < MAX_DISTINCT:
                self._form_of[answer] = later._form_of[answer]
                self._counts[answer] += count

    def _seen(self, form: Form) -> FormRows | None:
        """What is counted of a form; None when there are too many forms."""
        seen = self.forms.get(form)
        if seen is None and len(self.forms) < MAX_DISTINCT:
            seen = self.forms[form] = FormRows()
        return seen

    def labels(self, rows: int) -> dict[str, int]:
        """The most frequent labels with their counts, at most 50; likely personal data and secrets are masked.

        Args:
            rows: Number of answers that were counted.
        """
        return _top(self.label_counts(rows))

    def label_counts(self, rows: int, *, few: bool = False) -> Counter[str]:
        """The labels with their counts.

        Whole answers where answers repeat; `key: value` pairs where answers are JSON objects; none where the answers
        are free text, of which facts should not quote any.

        Args:
            rows: Number of answers that were counted.
            few: Whether answers that do not repeat are labels too, because it is known that answers are labels.
        """
        objects = Counter({answer: n for answer, n in self._counts.items() if self._form_of[answer] != TEXT})
        if objects.total() * 2 > rows:
            return _field_values(objects)
        if self._counts.total() * 2 > rows and (few or len(self._counts) * 5 <= rows):
            return self._counts
        return Counter()


def answer_form(answer: str) -> Form:
    """The keys of an answer that is a JSON object, in alphabetical order; `TEXT` for any other answer."""
    if not answer.lstrip(" \t\n\r").startswith("{"):
        return TEXT
    try:
        return tuple(sorted(msgspec.json.decode(answer, type=dict[str, msgspec.Raw])))
    except (msgspec.MsgspecError, RecursionError):
        return TEXT


def form_name(form: Form) -> str:
    """The form in words, with at most six of its keys."""
    if form == TEXT:
        return "text that is not a JSON object"
    more = ", ..." if len(form) > 6 else ""
    return f"a JSON object with the keys {', '.join(shown(key) for key in form[:6])}{more}"


def _field_values(objects: Counter[str]) -> Counter[str]:
    """Counts of `key: value` over the scalar values of each key that has few of them."""
    values: dict[str, Counter[str]] = {}
    for answer, count in objects.items():
        fields: dict[str, Any] = msgspec.json.decode(answer)
        for key, value in fields.items():
            if isinstance(value, str | int | float | bool):
                values.setdefault(key, Counter())[str(value)] += count
    few = {key: counts for key, counts in values.items() if len(counts) <= MAX_FIELD_VALUES}
    return Counter({f"{key}: {value}": n for key, counts in few.items() for value, n in counts.items()})


def _top(counts: Counter[str]) -> dict[str, int]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return {}
    from components.dataset_validation.personal_data.finder import mask  # many regular expressions, not always needed

    top: dict[str, int] = {}
    for label, count in ranked[:TOP_LABELS]:
        shown_label = mask(label)
        top[shown_label] = top.get(shown_label, 0) + count
    return top
