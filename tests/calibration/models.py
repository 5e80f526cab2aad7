"""Two simulated models and the scores they get, one kind of metric after the other.

Every row has a difficulty that both models share, and each model errs on its own besides; `quality` moves a model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from components.evaluation.metrics.classes import f1_statistic
from components.evaluation.metrics.n_grams import bleu_of, chrf_of
from components.evaluation.statistics.bootstrap import Statistic

Latent = NDArray[np.float64]
CLASSES = ("a", "b", "c", "d", "e")
SHARES = (0.4, 0.25, 0.2, 0.1, 0.05)
QUALITY = 0.6


@dataclass(frozen=True)
class Test:
    """What both models have in common.

    Attributes:
        difficulty: By row.
        wanted: The class that is wanted, by row.
        length: Words of the reference, by row.
    """

    difficulty: Latent
    wanted: NDArray[np.int64]
    length: NDArray[np.int64]


def draw_test(rng: np.random.Generator, rows: int) -> Test:
    wanted = rng.choice(len(CLASSES), rows, p=SHARES)
    return Test(rng.normal(size=rows), wanted, rng.poisson(14, rows) + 4)


def latent(rng: np.random.Generator, test: Test, quality: float) -> Latent:
    return np.asarray(quality + test.difficulty + rng.normal(size=test.difficulty.size))


def right(rng: np.random.Generator, test: Test, z: Latent) -> Latent:
    return np.asarray(z > 0, dtype=np.float64)


def rarely_right(rng: np.random.Generator, test: Test, z: Latent) -> Latent:
    return np.asarray(z > 2.2, dtype=np.float64)


def fraction(rng: np.random.Generator, test: Test, z: Latent) -> Latent:
    """Like token F1: many zeros and ones, and everything between."""
    return np.asarray(np.where(z < -1, 0.0, np.where(z > 2, 1.0, ndtr(z / 2))))


def rating(rng: np.random.Generator, test: Test, z: Latent) -> Latent:
    """Like a judge's grade of one to five."""
    return np.asarray(np.clip(np.round(z + 2), 0, 4) / 4)


def f1(rng: np.random.Generator, test: Test, z: Latent) -> Statistic:
    other = (test.wanted + rng.integers(1, len(CLASSES) + 1, z.size)) % (len(CLASSES) + 1)
    names = [*CLASSES, None]
    given = [names[code] for code in np.where(z > 0, test.wanted, other)]
    return f1_statistic([CLASSES[code] for code in test.wanted], given)


def bleu(rng: np.random.Generator, test: Test, z: Latent) -> Statistic:
    given = np.maximum(1, test.length + rng.integers(-3, 4, z.size))
    totals = [np.maximum(0, given - order) for order in range(4)]
    matched, columns = np.minimum(given, test.length), []
    for order, share in enumerate((0.85, 0.75, 0.7, 0.7)):
        matched = rng.binomial(np.minimum(matched, totals[order]), np.clip(ndtr(z / 2 + 0.3) * share * 1.2, 0, 1))
        columns.append(matched)
    rows = np.column_stack([given, test.length, *columns, *totals]).astype(np.float64)
    return Statistic(rows, lambda sums, _: bleu_of(sums)[:, np.newaxis])


def chrf(rng: np.random.Generator, test: Test, z: Latent) -> Statistic:
    given = np.maximum(6, 5 * (test.length + rng.integers(-3, 4, z.size)))
    columns = []
    for order in range(6):
        left, right_ = given - order, 5 * test.length - order
        both = rng.binomial(np.minimum(left, right_), np.clip(ndtr(z / 2) * 0.9**order, 0, 1))
        columns += [left, right_, both]
    return Statistic(np.column_stack(columns).astype(np.float64), lambda sums, _: chrf_of(sums)[:, np.newaxis])


def prefer(ours: Latent, theirs: Latent) -> Latent:
    """A judge's preference with ties."""
    return np.asarray(np.where(ours - theirs > 0.7, 1.0, np.where(ours - theirs < -0.7, 0.0, 0.5)))


Score = Callable[[np.random.Generator, Test, Latent], Latent]
Figure = Callable[[np.random.Generator, Test, Latent], Statistic]

ROW_METRICS: dict[str, Score] = {
    "right or wrong": right,
    "right or wrong, rarely right": rarely_right,
    "fraction (token F1, ROUGE)": fraction,
    "grades of a judge": rating,
}
FIGURES: dict[str, tuple[Figure, int]] = {
    "macro F1": (f1, 0),
    "weighted F1": (f1, 1),
    "BLEU": (bleu, 0),
    "chrF": (chrf, 0),
}
PREFERENCE = "preference of a judge, ties"
KINDS = (*ROW_METRICS, *FIGURES, PREFERENCE)


def population(kind: str, quality: float, rows: int = 100_000) -> float:
    """The metric on very many rows; for the preference how much a model of that quality is preferred to the usual."""
    rng = np.random.default_rng(99)
    test = draw_test(rng, rows)
    if kind == PREFERENCE:
        ours, theirs = latent(rng, test, quality), latent(rng, test, QUALITY)
        return float(2 * prefer(ours, theirs).mean() - 1)
    z = latent(rng, test, quality)
    if kind in ROW_METRICS:
        return float(ROW_METRICS[kind](rng, test, z).mean())
    figure, output = FIGURES[kind]
    statistic = figure(rng, test, z)
    sums = np.asarray(statistic.rows.sum(axis=0), dtype=np.float64).reshape(1, -1)
    return float(statistic.value(sums, rows)[0, output])


def quality_for(kind: str, effect: float) -> float:
    """The quality of a model that is better by `effect` than the usual one."""
    qualities = QUALITY + np.linspace(-0.5, 0.9, 15)
    values = [population(kind, quality) for quality in qualities]
    usual = population(kind, QUALITY)
    return float(np.interp(usual + effect, values, qualities))
