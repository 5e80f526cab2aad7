"""Scores per row, between 0 and 1, aligned to the test set."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

TaskKind = Literal["label", "structured", "text"]
Scores = NDArray[np.float64]

MAX_LABELS = 1000
MAX_LABEL_CHARACTERS = 60
MAX_FIELDS = 20

# Chinese and Japanese are written without spaces: each character is a token there, a word elsewhere.
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


def detect_task_kind(references: Sequence[str]) -> TaskKind:
    """What kind of answer the references are.

    Returns:
        `structured` when every reference is a JSON object; `label` when the references repeat (on average each at
        least twice) and are few (1,000) and short (60 characters); else `text`.
    """
    if all(parse_object(reference) is not None for reference in references):
        return "structured"
    distinct = {normalize(reference) for reference in references}
    few = len(distinct) <= min(MAX_LABELS, len(references) // 2)
    if few and max(map(len, distinct)) <= MAX_LABEL_CHARACTERS:
        return "label"
    return "text"


def score_rows(kind: TaskKind, references: Sequence[str], answers: Sequence[str | None]) -> dict[str, Scores]:
    """One array of scores per metric, in the order of the test set.

    Args:
        kind: Which metrics apply besides `exact_match` and `normalized_match`: `structured` adds `json_valid`,
            `json_match` and `field:NAME` for the 20 most frequent fields; `text` adds `token_f1` and `rouge_l`.
        references: The wanted answers.
        answers: What the model said; None where it gave no answer, which scores 0 on every metric.
    """
    metrics: dict[str, Callable[[str, str], float]] = {
        "exact_match": lambda reference, answer: reference == answer,
        "normalized_match": lambda reference, answer: normalize(reference) == normalize(answer),
    }
    if kind == "text":
        metrics |= {"token_f1": token_f1, "rouge_l": rouge_l}
    scores = {
        name: _array([0.0 if a is None else metric(r, a) for r, a in zip(references, answers, strict=True)])
        for name, metric in metrics.items()
    }
    return scores | _score_objects(references, answers) if kind == "structured" else scores


def normalize(text: str) -> str:
    """The text without regard to case and spacing."""
    return " ".join(text.split()).casefold()


def parse_object(text: str) -> dict[str, Any] | None:
    """The JSON object that the text is, None when it is anything else, such as JSON inside a Markdown fence."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    return value if isinstance(value, dict) else None


def reference_fields(references: Sequence[str]) -> list[str]:
    """The most frequent top-level fields of the reference objects, in alphabetical order."""
    counts = Counter(field for reference in references for field in parse_object(reference) or {})
    ranked = sorted(counts, key=lambda field: (-counts[field], field))
    return sorted(ranked[:MAX_FIELDS])


def token_f1(reference: str, answer: str) -> float:
    """Harmonic mean of token precision and recall, tokens counted with repetition."""
    wanted, given = _tokens(reference), _tokens(answer)
    if not wanted or not given:
        return float(normalize(reference) == normalize(answer))
    return 2 * (Counter(wanted) & Counter(given)).total() / (len(wanted) + len(given))


def rouge_l(reference: str, answer: str) -> float:
    """ROUGE-L F-measure: longest common subsequence of casefolded Unicode tokens, no stemming."""
    wanted, given = _tokens(reference), _tokens(answer)
    if not wanted or not given:
        return float(normalize(reference) == normalize(answer))
    return 2 * int(LCSseq.similarity(wanted, given)) / (len(wanted) + len(given))


def _score_objects(references: Sequence[str], answers: Sequence[str | None]) -> dict[str, Scores]:
    wanted = [parse_object(reference) or {} for reference in references]
    given = [None if answer is None else parse_object(answer) for answer in answers]
    pairs = list(zip(wanted, given, strict=True))
    scores = {
        "json_valid": _array([g is not None for g in given]),
        "json_match": _array([g is not None and _same(w, g) for w, g in pairs]),
    }
    for field in reference_fields(references):
        scores[f"field:{field}"] = _array([g is not None and _same_field(w, g, field) for w, g in pairs])
    return scores


def _same_field(wanted: dict[str, Any], given: dict[str, Any], field: str) -> bool:
    """Whether the field has the same value in both, or is in neither."""
    return (field in wanted) == (field in given) and _same(wanted.get(field), given.get(field))


def _same(wanted: Any, given: Any) -> bool:
    """Equality of JSON values: strings by `normalize`, 1 equals 1.0, true does not equal 1."""
    if isinstance(wanted, dict) and isinstance(given, dict):
        return wanted.keys() == given.keys() and all(_same(wanted[key], given[key]) for key in wanted)
    if isinstance(wanted, list) and isinstance(given, list):
        return len(wanted) == len(given) and all(map(_same, wanted, given))
    if isinstance(wanted, str) and isinstance(given, str):
        return normalize(wanted) == normalize(given)
    return isinstance(wanted, bool) == isinstance(given, bool) and bool(wanted == given)


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.casefold())


def _array(values: Sequence[float]) -> Scores:
    return np.asarray(values, dtype=np.float64)
