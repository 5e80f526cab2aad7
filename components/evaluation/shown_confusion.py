"""The confusion matrix for the pipeline's page, which shows one of one model."""

from __future__ import annotations

from components.evaluation.evaluation import Evaluation
from components.evaluation.plots.confusion import NO_CLASS

SHOWN_CLASSES = 30
OTHER = "(other)"


def shown_confusion(evaluation: Evaluation, winner: str | None) -> tuple[list[str], list[list[int]]] | None:
    """Categories and matrix of the winner, or else of the first candidate; None where answers are no classes.

    Rows are the wanted classes, columns the given ones. The 30 most frequent classes are shown, all others together as
    one; an answer that is no class is another.

    Args:
        evaluation: The evaluation.
        winner: Fingerprint of the candidate that was chosen.
    """
    chosen = evaluation.shown_candidate(winner)
    tables = list(chosen.classes.values()) if chosen else []
    if not tables:
        return None
    ranked = sorted(tables[0].classes, key=lambda one: (-one.rows, one.label))
    kept = sorted(one.label for one in ranked[:SHOWN_CLASSES])
    names = kept + ([OTHER] if len(ranked) > len(kept) else []) + [NO_CLASS]
    places = {name: place for place, name in enumerate(names)}
    matrix = [[0] * len(names) for _ in names]
    for cell in tables[0].confusion:
        wanted = places.get(cell.wanted, places.get(OTHER, 0))
        given = places[NO_CLASS] if cell.given is None else places.get(cell.given, places.get(OTHER, 0))
        matrix[wanted][given] += cell.rows
    return names, matrix
