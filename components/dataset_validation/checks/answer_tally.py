"""Counts answers: which labels there are, and in which form answers come."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from components.dataset_validation.findings.finding import shown
from components.dataset_validation.shape.json_checks import type_name

LABEL_CHARS = 200
MAX_DISTINCT = 10_000
MAX_FIELD_VALUES = 50
TOP_LABELS = 50
KEPT_ROWS = 20

TEXT = ()
"""The form of an answer that is not a JSON object; the form of one that is, is its keys."""

Form = tuple[str, ...]
_MAY_BEGIN_OBJECT = "{ \t\n\r"
_MAY_BEGIN_OBJECT_BYTES = frozenset(_MAY_BEGIN_OBJECT.encode())


class FormRows(msgspec.Struct):
    """How often a form occurs and the first rows where it does."""

    count: int = 0
    rows: list[int] = msgspec.field(default_factory=list)


class Labels(NamedTuple):
    """The labels of a split.

    Attributes:
        counts: Occurrences by label.
        rows: The first row of each.
    """

    counts: Counter[str]
    rows: dict[str, int]


class AnswerTally:
    """The answers of one split.

    Attributes:
        forms: Occurrences by form: the keys of a JSON object in alphabetical order, or `TEXT`.
    """

    def __init__(self) -> None:
        self.forms: dict[Form, FormRows] = {}
        self._counts: Counter[str] = Counter()
        self._form_of: dict[str, Form] = {}
        self._first_row: dict[str, int] = {}
        self._counted = b""

    @property
    def counted(self) -> bytes:
        """64-bit hashes of the answers that alone are counted from now on; empty as long as new ones are."""
        if not self._counted and len(self._counts) >= MAX_DISTINCT:
            self._counted = array("Q", [xxh3_64_intdigest(answer.encode()) for answer in self._counts]).tobytes()
        return self._counted

    def add_all(
        self,
        row: int,
        answers: Sequence[bytes],
        chars: NDArray[np.integer[Any]],
        hashes: Sequence[int] = (),
        counted: frozenset[int] = frozenset(),
    ) -> None:
        """Count the answers of consecutive rows.

        Args:
            row: The row of the first.
            answers: The answers in UTF-8.
            chars: How many characters each has.
            hashes: Their 64-bit hashes; needed where not all are counted.
            counted: Hashes of those that alone are counted, because there is no place for others; empty for all.
        """
        places = np.flatnonzero(chars <= LABEL_CHARS).tolist()
        self._count_labels(row, answers, [place for place in places if hashes[place] in counted] if counted else places)
        begins = [answer[0] for answer in answers]
        if _MAY_BEGIN_OBJECT_BYTES.isdisjoint(begins):
            self._count_form(TEXT, len(answers), range(row, row + len(answers)))
            return
        for place, begin in enumerate(begins):
            form = self._form(answers[place].decode()) if begin in _MAY_BEGIN_OBJECT_BYTES else TEXT
            self._count_form(form, 1, (row + place,))

    def _count_labels(self, row: int, answers: Sequence[bytes], places: Sequence[int]) -> None:
        counts, rows = self._counts, self._first_row
        before = len(counts)
        short = [answers[place].decode() for place in places]
        counts.update(short)
        if len(counts) == before:
            return
        for place, answer in zip(places, short, strict=True):
            rows.setdefault(answer, row + place)
        while len(counts) > MAX_DISTINCT:
            del rows[counts.popitem()[0]]

    def _form(self, answer: str) -> Form:
        if answer[0] not in _MAY_BEGIN_OBJECT:
            return TEXT
        form = self._form_of.get(answer)
        if form is None:
            form = answer_form(answer)
            if len(answer) <= LABEL_CHARS and len(self._form_of) < MAX_DISTINCT:
                self._form_of[answer] = form
        return form

    def _count_form(self, form: Form, count: int, rows: Sequence[int]) -> None:
        seen = self.forms.get(form)
        if seen is None:
            if len(self.forms) >= MAX_DISTINCT:
                return
            seen = self.forms[form] = FormRows()
        seen.count += count
        if len(seen.rows) < KEPT_ROWS:
            seen.rows += rows[: KEPT_ROWS - len(seen.rows)]

    def merge(self, later: AnswerTally, rows_before: int) -> None:
        """Add the answers of rows further down, where row 0 stands after so many rows."""
        for form, found in later.forms.items():
            self._count_form(form, found.count, [row + rows_before for row in found.rows])
        for answer, count in later._counts.items():
            if answer in self._counts or len(self._counts) < MAX_DISTINCT:
                self._first_row.setdefault(answer, later._first_row[answer] + rows_before)
                self._counts[answer] += count

    def labels(self, rows: int) -> dict[str, int]:
        """The most frequent labels with their counts, at most 50; likely personal data and secrets are masked.

        Args:
            rows: Number of answers that were counted.
        """
        return _top(self.all_labels(rows).counts)

    def all_labels(self, rows: int, *, few: bool = False) -> Labels:
        """The labels with their counts and first rows.

        Whole answers where answers repeat; `key: value` pairs where answers are JSON objects; none where the answers
        are free text, of which facts should not quote any.

        Args:
            rows: Number of answers that were counted.
            few: Whether answers that do not repeat are labels too, because it is known that answers are labels.
        """
        objects = self._objects()
        if objects.total() * 2 > rows:
            return self._field_values(objects)
        if self._counts.total() * 2 > rows and (few or len(self._counts) * 5 <= rows):
            return Labels(self._counts, self._first_row)
        return Labels(Counter(), {})

    def field_types(self) -> dict[str, dict[str, FormRows]]:
        """How often each field of the answers that are JSON objects has a value of which JSON type.

        Only short answers are looked into. `rows` has the first row of each different answer with that type.
        """
        types: dict[str, dict[str, FormRows]] = {}
        for answer, count in self._objects().items():
            for key, value in msgspec.json.decode(answer).items():
                seen = types.setdefault(key, {}).setdefault(type_name(value), FormRows())
                seen.count += count
                seen.rows.append(self._first_row[answer])
        return types

    def _objects(self) -> Counter[str]:
        """The counted answers that are JSON objects."""
        return Counter({answer: n for answer, n in self._counts.items() if self._form(answer) != TEXT})

    def _field_values(self, objects: Counter[str]) -> Labels:
        """`key: value` over the scalar values of each key that has few of them."""
        values: dict[str, Counter[str]] = {}
        rows: dict[str, int] = {}
        for answer, count in objects.items():
            fields: dict[str, Any] = msgspec.json.decode(answer)
            row = self._first_row[answer]
            for key, value in fields.items():
                if isinstance(value, str | int | float | bool):
                    values.setdefault(key, Counter())[str(value)] += count
                    label = f"{key}: {value}"
                    rows[label] = min(row, rows.get(label, row))
        few = {key: counts for key, counts in values.items() if len(counts) <= MAX_FIELD_VALUES}
        return Labels(
            Counter({f"{key}: {value}": n for key, counts in few.items() for value, n in counts.items()}), rows
        )


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
