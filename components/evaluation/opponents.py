"""Whose answers a candidate's are held against, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components.evaluation.evaluation import Baseline, System
from components.evaluation.rows import Row

JoinedRows = Sequence[Row | None]


def opponents(candidate: System, answers: Sequence[tuple[System, JoinedRows]]) -> list[tuple[Baseline, JoinedRows]]:
    """The rows of the candidate's base model, and of the champion where one serves."""
    found: list[tuple[Baseline, JoinedRows]] = []
    for system, rows in answers:
        if system.role == "base" and system.base_model == candidate.base_model:
            found.append(("base", rows))
        elif system.role == "champion":
            found.append(("champion", rows))
    return found


def duels(answers: Sequence[tuple[System, JoinedRows]]) -> Iterator[tuple[System, Baseline, JoinedRows, JoinedRows]]:
    """Every candidate with its rows and, in turn, those of each opponent."""
    for system, rows in answers:
        if system.role == "candidate":
            for against, other in opponents(system, answers):
                yield system, against, rows, other


def answer_text(row: Row | None) -> str | None:
    """What was answered; None without an answer."""
    return row.answer if row is not None and row.answered else None


def clear_preference(ours: str | None, theirs: str | None) -> float | None:
    """How far ours is preferred where nobody needs to be asked; None where somebody does.

    Equal answers are a tie, and a missing answer loses.
    """
    if ours == theirs:
        return 0.5
    if ours is None or theirs is None:
        return float(ours is not None)
    return None
