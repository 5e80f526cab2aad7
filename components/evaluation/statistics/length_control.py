"""What is left of a preference when both answers are equally long.

Judges, machines and people alike, prefer longer answers. The difference of two models' scores is regressed on which
answer is longer and on by how much; the intercept is the difference at equal length. A judge that only looks at length
leaves nothing there, whether it looks at the order or at the amount.

Source of the idea: Dubois et al., "Length-Controlled AlpacaEval" (2024), which does it with a logistic model.
"""

from __future__ import annotations

import numpy as np

from components.evaluation.statistics.interval import Interval, Scores

MIN_OF_EACH = 10


def difference_at_equal_length(
    differences: Scores, ours: Scores, theirs: Scores, confidence: float, *, span: float = 1.0
) -> Interval:
    """The difference at equal length, with an interval whose errors may differ from row to row (HC3).

    Args:
        differences: Score of the one model minus that of the other, per row.
        ours: Characters of the one model's answers.
        theirs: Characters of the other's.
        confidence: Level.
        span: Largest possible difference. Where one model's answers are longer on all but fewer than 10 rows, length
            and quality cannot be told apart, and the interval is everything that is possible.
    """
    from scipy.stats import t

    surplus = np.log((ours + 1) / (theirs + 1))
    longer, shorter = int((surplus > 0).sum()), int((surplus < 0).sum())
    equal = surplus.size - longer - shorter
    mean = float(differences.mean())
    if surplus.size < 2 * MIN_OF_EACH or (min(longer, shorter) < MIN_OF_EACH and equal < MIN_OF_EACH):
        return Interval(mean, -span, span)
    model = np.column_stack([np.ones(surplus.size), np.sign(surplus), surplus])
    inverse = np.linalg.pinv(model.T @ model)
    coefficients = inverse @ model.T @ differences
    leverage = np.einsum("ij,jk,ik->i", model, inverse, model)
    weights = ((differences - model @ coefficients) / np.maximum(1 - leverage, 1e-6)) ** 2
    variance = inverse @ (model.T * weights) @ model @ inverse
    half = float(t.ppf((1 + confidence) / 2, surplus.size - 3) * np.sqrt(variance[0, 0]))
    at_equal = float(coefficients[0])
    return Interval(at_equal, max(-span, at_equal - half), min(span, at_equal + half))
