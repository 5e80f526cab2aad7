"""The fields of structured references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from components.evaluation.metrics.matches import normalize, parse_object
from components.evaluation.metrics.task_kind import MAX_LABELS

MAX_FIELDS = 20


def reference_fields(references: Sequence[str]) -> list[str]:
    """The most frequent top-level fields of the reference objects, in alphabetical order."""
    counts = Counter(field for reference in references for field in parse_object(reference) or {})
    ranked = sorted(counts, key=lambda field: (-counts[field], field))
    return sorted(ranked[:MAX_FIELDS])


def label_fields(references: Sequence[str]) -> dict[str, list[str]]:
    """The fields whose values are labels, a few texts that repeat, with the value of every row (empty for none)."""
    columns = {
        field: [field_label(reference, field) or "" for reference in references]
        for field in reference_fields(references)
    }
    return {
        field: values for field, values in columns.items() if 2 <= len(set(values)) <= min(MAX_LABELS, len(values) // 2)
    }


def field_label(text: str, field: str) -> str | None:
    """The value of a text field, normalised; None for other values."""
    value = (parse_object(text) or {}).get(field)
    return normalize(value) if isinstance(value, str) else None
