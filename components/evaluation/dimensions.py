"""The properties of test examples that slices are made of."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from components.dataset_validation.checks.language_checks import language_of
from components.errors import dataset_error
from components.evaluation.metrics.json_fields import label_fields
from components.evaluation.metrics.matches import normalize
from components.evaluation.metrics.task_kind import TaskKind
from components.evaluation.requests import TestExample

MANY_VALUES = 12
"""Numbers with more different values than this are put into four ranges."""
MODALITIES = {"image": "image", "audio": "audio", "video": "video"}

Fields = Sequence[Mapping[str, Any]]


def dimensions_of(examples: Sequence[TestExample], kind: TaskKind, fields: Fields = ()) -> dict[str, list[str]]:
    """By dimension the value of every example; empty where it has none.

    Args:
        examples: The test set.
        kind: Labels are the references themselves or the label-like fields of structured references.
        fields: What a side file says of each example, in the order of the examples; a field of that file comes out as
            a dimension of its name.
    """
    texts: list[str] = []
    requests: dict[str, list[str]] = {"system_instruction": [], "turns": [], "modality": []}
    for example in examples:
        request = example.request
        texts.append(example.prompt_text())
        requests["system_instruction"].append(_instruction(request))
        requests["turns"].append(str(len(request["contents"])))
        requests["modality"].append(_modality(request))
    found = {
        **_labels(examples, kind),
        "input_length": _ranges([float(len(text)) for text in texts], "characters"),
        "language": [language_of(text) for text in texts],
        **requests,
    }
    for name in sorted({name for one in fields for name in one}):
        found[name] = _side([one.get(name) for one in fields])
    return found


def read_side_file(lines: Iterable[bytes], examples: int, where: str) -> list[dict[str, Any]]:
    """What a side file says of each example: one JSON object per test example, in the order of the test file.

    Args:
        lines: The file's lines; blank ones are skipped.
        examples: Number of test examples.
        where: The file's address, for messages.

    Raises:
        RetuneError: `EVAL-SIDE-FILE`, a line is no JSON object, a value is no text, number or truth value, or there
            are more or fewer lines than test examples.
    """
    fields: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = msgspec.json.decode(line, type=dict[str, str | float | bool | None])
        except msgspec.MsgspecError as error:
            raise dataset_error(
                "EVAL-SIDE-FILE",
                "a line of the side file is no JSON object of texts, numbers and truth values",
                "write one flat object per test example",
                f"{where}:{number}",
            ) from error
        fields.append(value)
    if len(fields) != examples:
        raise dataset_error(
            "EVAL-SIDE-FILE",
            f"the side file has {len(fields)} lines for {examples} test examples",
            "write one line per test example, in the order of the test file",
            where,
        )
    return fields


def _labels(examples: Sequence[TestExample], kind: TaskKind) -> dict[str, list[str]]:
    references = [example.reference for example in examples]
    if kind == "label":
        return {"label": [normalize(reference) for reference in references]}
    return label_fields(references) if kind == "structured" else {}


def _side(values: Sequence[Any]) -> list[str]:
    numbers = [value for value in values if isinstance(value, float) and not isinstance(value, bool)]
    if len(set(numbers)) > MANY_VALUES and all(value is None or isinstance(value, float) for value in values):
        return _ranges([float("nan") if value is None else value for value in values], "")
    return ["" if value is None else f"{value:g}" if isinstance(value, float) else str(value) for value in values]


def _ranges(values: Sequence[float], unit: str) -> list[str]:
    """The quarter of the values that each belongs to, named by its bounds."""
    column = np.asarray(values)
    known = column[np.isfinite(column)]
    edges = (
        sorted({float(edge) for edge in np.quantile(known, (0.25, 0.5, 0.75), method="lower")}) if known.size else []
    )
    names = [f"up to {edge:g}" for edge in edges[:1]]
    names += [f"above {low:g} to {high:g}" for low, high in itertools.pairwise(edges)]
    names += [f"above {edge:g}" for edge in edges[-1:]]
    return [
        f"{names[int(np.searchsorted(edges, value))]} {unit}".rstrip() if np.isfinite(value) else "" for value in column
    ]


def _instruction(request: Mapping[str, Any]) -> str:
    """A digest stands for the instruction, whose text may be long and is nobody's business in a log."""
    text = request.get("systemInstruction")
    return hashlib.sha256(str(text).encode()).hexdigest()[:8] if text else "none"


def _modality(request: Mapping[str, Any]) -> str:
    found = set()
    for turn in request["contents"]:
        for part in turn["parts"]:
            data = part.get("fileData") or part.get("inlineData")
            if data:
                found.add(MODALITIES.get(str(data.get("mimeType", "")).partition("/")[0], "document"))
            elif part.get("text"):
                found.add("text")
    return "+".join(sorted(found))
