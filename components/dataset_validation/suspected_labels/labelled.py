"""The labelled examples of a dataset."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xxhash import xxh3_64_hexdigest

from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.lines.exact_line import read_exactly
from components.dataset_validation.lines.line_stream import LineStream
from components.dataset_validation.lines.typed_line import read_typed
from components.errors import dataset_error

MAX_LABELS_SHARE = 0.2
"""With more distinct answers than this share of the examples, answers are free text."""


@dataclass(frozen=True)
class Labelled:
    """One example with a label.

    Attributes:
        file: Its file.
        line: Its line number.
        digest: Hash of the line's bytes, to recognise it later.
        text: The prompt.
        label: The label.
    """

    file: str
    line: int
    digest: str
    text: str
    label: str


def read_labelled(files: Sequence[DataFile], field: str | None) -> list[Labelled]:
    """The valid examples with their labels.

    Args:
        files: The files.
        field: Field of answers that are JSON objects which holds the label; None for the whole answer.

    Raises:
        RetuneError: `DATA-LABELS`, the answers are free text or have no such field.
    """
    found = []
    for file in files:
        with file.open() as stream:
            for number, line in LineStream(stream):
                reading = None if line is None else read_typed(line) or read_exactly(line)[0]
                label = None if reading is None else label_of(reading.answer, field)
                if line is not None and reading is not None and label is not None:
                    found.append(Labelled(file.name, number, xxh3_64_hexdigest(line), reading.prompt, label))
    labels = {one.label for one in found}
    if len(labels) < 2 or len(labels) > MAX_LABELS_SHARE * len(found):
        raise dataset_error(
            "DATA-LABELS",
            f"{len(found):,} examples have {len(labels):,} different labels, which are no classes",
            "name the field of JSON answers that holds the label with --label-field",
        )
    return found


def label_of(answer: str, field: str | None) -> str | None:
    """The label of an answer; None when it has none."""
    if field is None:
        return answer.strip()
    value = _object(answer).get(field)
    return value if isinstance(value, str) else None


def with_label(answer: str, field: str | None, label: str) -> str:
    """The answer with another label."""
    if field is None:
        return label
    return json.dumps(_object(answer) | {field: label}, ensure_ascii=False)


def _object(answer: str) -> dict[str, Any]:
    try:
        value = json.loads(answer)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
