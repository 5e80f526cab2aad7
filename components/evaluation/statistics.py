"""Intervals and tests for scores between 0 and 1, paired on the same rows and seeded.

Right/wrong scores have closed forms whose coverage stays honest when few rows differ, which is where a bootstrap
is too sure of itself: Wilson's interval for one model, Bonett and Price's for the difference of two (Statistical
Methods in Medical Research 21(6), 2012) and the exact McNemar test. All other scores use the BCa bootstrap and
the sign-flip permutation test.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import TypedDict

import msgspec
import numpy as np

from components.evaluation.metrics import Scores

POWER = 0.8
_NORMAL = NormalDist()
RESAMPLES_AT_ONCE = 100
FLIPS_AT_ONCE = 1000
# Sums of the same numbers in another order differ by rounding; they must count as ties.
ROUNDING = 1e-9


class Sampling(TypedDict):
    """How many resamples, from which seed."""

    resamples: int
    seed: int


class Interval(msgspec.Struct, frozen=True):
    """An estimate with its confidence interval; not a number where there is no estimate."""

    mean: float
    low: float
    high: float


class PairedDifference(msgspec.Struct, frozen=True):
    """How much better the first model is on the same rows.

    Attributes:
        intervals: The mean difference with its interval at the asked confidence levels, in their order.
        p: Two-sided p-value of "no difference": exact McNemar for right/wrong scores, else sign-flip permutation.
        mde: Smallest true difference that a test set of this size and variance finds with 80 % probability.
        wins: Rows where the first model scores higher.
        losses: Rows where it scores lower.
        ties: Rows where both score the same.
    """

    intervals: list[Interval]
    p: float
    mde: float
    wins: int
    losses: int
    ties: int


def mean_interval(scores: Scores, *, confidence: float, resamples: int, seed: int) -> Interval:
    """The mean score of one model with its interval."""
    if _right_or_wrong(scores):
        from scipy.stats import binomtest

        interval = binomtest(int(scores.sum()), scores.size).proportion_ci(confidence, method="wilson")
        return Interval(float(scores.mean()), float(interval.low), float(interval.high))
    return _bootstrap(scores, [confidence], resamples, seed, worst=0.0, best=1.0)[0]


def paired_difference(
    scores: Scores, baseline: Scores, *, confidences: Sequence[float], resamples: int, seed: int
) -> PairedDifference:
    """The comparison of two models on the same rows.

    Args:
        scores: Scores of the model in question, one per row.
        baseline: Scores of the model it is compared with, in the same order of rows.
        confidences: Levels of the intervals, for example 0.95. The first also sets the level of `mde`.
        resamples: Bootstrap and permutation resamples.
        seed: Seed of both.
    """
    differences = scores - baseline
    wins, losses = int((differences > ROUNDING).sum()), int((differences < -ROUNDING).sum())
    if _right_or_wrong(scores) and _right_or_wrong(baseline):
        intervals = [bonett_price(wins, losses, differences.size, level) for level in confidences]
        p = mcnemar(wins, losses)
    else:
        intervals = _bootstrap(differences, confidences, resamples, seed, worst=-1.0, best=1.0)
        p = sign_flip(differences, resamples=resamples, seed=seed)
    return PairedDifference(
        intervals=intervals,
        p=p,
        mde=_minimum_detectable_effect(intervals[0], confidences[0]),
        wins=wins,
        losses=losses,
        ties=differences.size - wins - losses,
    )


def bonett_price(wins: int, losses: int, rows: int, confidence: float) -> Interval:
    """The difference of two paired proportions with the adjusted Wald interval of Bonett and Price."""
    won, lost = (wins + 1) / (rows + 2), (losses + 1) / (rows + 2)
    error = np.sqrt((won + lost - (won - lost) ** 2) / (rows + 2))
    half = float(_NORMAL.inv_cdf((1 + confidence) / 2) * error)
    mean = (wins - losses) / rows
    return Interval(mean, max(-1.0, won - lost - half), min(1.0, won - lost + half))


def mcnemar(wins: int, losses: int) -> float:
    """Two-sided p-value of the exact McNemar test."""
    from scipy.stats import binomtest

    return float(binomtest(wins, wins + losses).pvalue) if wins + losses else 1.0


def sign_flip(differences: Scores, *, resamples: int, seed: int) -> float:
    """Two-sided p-value that the mean difference is 0, by random flips of the differences' signs."""
    rng = np.random.default_rng(seed)
    observed = abs(differences.sum()) - ROUNDING
    as_extreme = 0
    for start in range(0, resamples, FLIPS_AT_ONCE):
        flips = min(FLIPS_AT_ONCE, resamples - start)
        packed = rng.integers(0, 256, (flips, -(-differences.size // 8)), dtype=np.uint8)
        kept = np.unpackbits(packed, axis=1, count=differences.size)
        sums = 2 * (kept @ differences) - differences.sum()
        as_extreme += int((np.abs(sums) >= observed).sum())
    return (as_extreme + 1) / (resamples + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for looking at all of them (Holm's step-down method), in the given order."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def _right_or_wrong(scores: Scores) -> bool:
    return bool(np.isin(scores, (0.0, 1.0)).all())


def _minimum_detectable_effect(interval: Interval, confidence: float) -> float:
    quantile = _NORMAL.inv_cdf((1 + confidence) / 2)
    standard_error = (interval.high - interval.low) / (2 * quantile)
    return (quantile + _NORMAL.inv_cdf(POWER)) * standard_error


def _bootstrap(
    values: Scores, confidences: Sequence[float], resamples: int, seed: int, *, worst: float, best: float
) -> list[Interval]:
    """BCa intervals of the mean.

    When all values are equal every resample is too, and the bootstrap would claim certainty from three rows. Then
    the interval is what the rows exclude: with probability α/2 they all come out alike although a share
    1 - (α/2)^(1/n) of all rows does not, and those could be as bad as `worst` or as good as `best`.
    """
    mean = float(values.mean())
    if np.ptp(values) < ROUNDING:
        alike = [((1 - level) / 2) ** (1 / values.size) for level in confidences]
        return [Interval(mean, mean * a + worst * (1 - a), mean * a + best * (1 - a)) for a in alike]
    from scipy.stats import bootstrap

    intervals: list[Interval] = []
    drawn = None
    for level in confidences:
        drawn = bootstrap(
            (values,),
            np.mean,
            n_resamples=0 if drawn is not None else resamples,
            bootstrap_result=drawn,
            batch=RESAMPLES_AT_ONCE,
            confidence_level=level,
            method="BCa",
            rng=np.random.default_rng(seed),
        )
        low, high = drawn.confidence_interval
        if np.isnan(low) or np.isnan(high):
            # Two or three rows leave BCa without an acceleration; the plain percentiles still exist.
            low, high = np.quantile(drawn.bootstrap_distribution, [(1 - level) / 2, (1 + level) / 2])
        intervals.append(Interval(mean, float(low), float(high)))
    return intervals
