"""The list that an expert reviews: CSV with a column for the decision."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from components.dataset_validation.suspected_labels.rank import Suspect
from components.errors import dataset_error

COLUMNS = ("rank", "file", "line", "given", "suggested", "quality", "decision", "text", "digest")
KEEP, DROP, SUGGESTED = "keep", "drop", "suggested"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Decision:
    """What an expert decided about one example.

    Attributes:
        file: Its file.
        line: Its line number.
        digest: Hash of the line when it was ranked.
        label: The right label; None when the example is to be dropped.
    """

    file: str
    line: int
    digest: str
    label: str | None


def write_review(stream: IO[bytes], suspects: Sequence[Suspect]) -> None:
    """Write the list with an empty decision column; what a spreadsheet would take for a formula gets an apostrophe."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for rank, one in enumerate(suspects, start=1):
        example = one.example
        cells = (example.file, example.line, example.label, one.suggested, f"{one.quality:.4f}", "", example.text)
        writer.writerow([rank, *map(_cell, cells), example.digest])
    text.flush()
    text.detach()


def read_decisions(stream: IO[bytes], name: str) -> list[Decision]:
    """The decisions of a reviewed list; rows without one, or with `keep`, change nothing and are left out.

    In the decision column stands `keep`, `drop`, `suggested`, or the right label itself.

    Raises:
        RetuneError: `DATA-REVIEW-FILE`, the list lacks a column or a row is damaged.
    """
    with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text)
        missing = set(COLUMNS) - set(reader.fieldnames or ())
        if missing:
            raise _damaged(f"the column {min(missing)} is missing", name)
        decisions = []
        for row in reader:
            wanted = _plain(row["decision"] or "").strip()
            if not wanted or wanted.lower() == KEEP:
                continue
            if not (row["line"] or "").isdigit():
                raise _damaged("the column line holds no number", f"{name}:{reader.line_num}")
            label = _plain(row["suggested"]) if wanted.lower() == SUGGESTED else wanted
            decided = None if wanted.lower() == DROP else label
            decisions.append(Decision(_plain(row["file"]), int(row["line"]), row["digest"], decided))
    return decisions


def _damaged(problem: str, where: str) -> Exception:
    return dataset_error("DATA-REVIEW-FILE", problem, "edit the column decision only, and save the file as CSV", where)


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
