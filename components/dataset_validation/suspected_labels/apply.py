"""Applies an expert's decisions to the lines of a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from xxhash import xxh3_64_hexdigest

from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.lines.line_stream import LineStream
from components.dataset_validation.suspected_labels.labelled import with_label
from components.dataset_validation.suspected_labels.review_file import Decision
from components.errors import dataset_error


def corrected_lines(file: DataFile, decisions: Mapping[int, Decision], field: str | None) -> Iterator[bytes]:
    """The lines of a file after the decisions; a line without one comes byte for byte.

    Args:
        file: The file.
        decisions: By line number.
        field: Field of answers that are JSON objects which holds the label; None for the whole answer.

    Raises:
        RetuneError: `DATA-REVIEW-STALE`, a line is not the one that was ranked.
    """
    seen = set()
    with file.open() as stream:
        for number, line in LineStream(stream):
            decision = decisions.get(number)
            if decision is None:
                yield line or b""
                continue
            seen.add(number)
            if line is None or xxh3_64_hexdigest(line) != decision.digest:
                raise _stale(file.name, number)
            if decision.label is not None:
                yield _relabelled(line, field, decision.label)
    for number in sorted(decisions.keys() - seen):
        raise _stale(file.name, number)


def _stale(name: str, number: int) -> Exception:
    return dataset_error(
        "DATA-REVIEW-STALE", "the line has changed since it was ranked", "rank the suspects again", f"{name}:{number}"
    )


def _relabelled(line: bytes, field: str | None, label: str) -> bytes:
    example = json.loads(line)
    part = example["contents"][-1]["parts"][0]
    part["text"] = with_label(part["text"], field, label)
    return json.dumps(example, ensure_ascii=False).encode()
