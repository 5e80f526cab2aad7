from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from components.evaluation.statistics.holm import holm
from components.evaluation.statistics.interval import Interval
from components.evaluation.statistics.paired import mean_interval, paired_difference
from components.evaluation.statistics.permutation import sign_flip
from components.evaluation.statistics.right_or_wrong import bonett_price, mcnemar

LEVELS = [0.95]


def _right(rng: np.random.Generator, share: float, rows: int) -> np.ndarray:
    return (rng.random(rows) < share).astype(float)


def test_wins_losses_ties_and_the_difference() -> None:
    result = paired_difference(
        np.array([1.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0]), confidences=LEVELS, resamples=100, seed=1
    )
    assert (result.wins, result.losses, result.ties) == (2, 1, 1)
    assert result.intervals[0].mean == pytest.approx(0.25)


def test_bootstrap_of_continuous_scores_agrees_with_the_t_interval() -> None:
    rng = np.random.default_rng(1)
    baseline = rng.uniform(0.2, 0.8, 800)
    scores = np.clip(baseline + rng.normal(0.02, 0.1, 800), 0, 1)
    result = paired_difference(scores, baseline, confidences=LEVELS, resamples=4000, seed=3)
    expected = stats.ttest_rel(scores, baseline).confidence_interval(0.95)
    interval = result.intervals[0]
    assert [interval.low, interval.high] == pytest.approx([expected.low, expected.high], abs=6e-4)
    assert interval.mean == pytest.approx(float((scores - baseline).mean()))


def test_sign_flip_agrees_with_the_exact_permutation_test() -> None:
    differences = np.array([0.3, -0.1, 0.25, 0.4, -0.05, 0.2, 0.1, 0.35, -0.2, 0.15])
    exact = stats.permutation_test(
        (differences, np.zeros(10)), lambda a, b: np.mean(a - b), permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip(differences, resamples=50_000, seed=4) == pytest.approx(exact.pvalue, abs=0.004)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_binomial_tail(wins: int, losses: int) -> None:
    tail = 2 * float(stats.binom.cdf(min(wins, losses), wins + losses, 0.5))
    assert mcnemar(wins, losses) == pytest.approx(min(1.0, tail), abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_by_its_definition(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    for alpha in (0.01, 0.05, 0.3):
        rejected = set()
        for rank, index in enumerate(order):
            if p_values[index] * (len(p_values) - rank) > alpha:
                break
            rejected.add(index)
        assert {index for index, value in enumerate(adjusted) if value <= alpha} == rejected


def test_few_rows_that_all_agree_prove_little() -> None:
    three = paired_difference(np.ones(3), np.zeros(3), confidences=LEVELS, resamples=100, seed=1)
    assert three.intervals[0].low < 0
    assert three.p == pytest.approx(0.25)
    alike = paired_difference(np.full(30, 0.5), np.full(30, 0.5), confidences=LEVELS, resamples=100, seed=1)
    assert alike.intervals[0].low < -0.05
    assert alike.intervals[0].high > 0.05
    assert alike.p == 1.0
    assert alike.mde > 0.05


def test_one_row_gives_finite_numbers() -> None:
    for scores in (np.array([1.0]), np.array([0.4])):
        result = paired_difference(scores, np.array([0.1]), confidences=LEVELS, resamples=100, seed=1)
        assert np.isfinite([result.p, result.mde, result.intervals[0].low, result.intervals[0].high]).all()
        assert result.intervals[0].low < 0


def test_same_seed_same_numbers() -> None:
    rng = np.random.default_rng(0)
    scores, baseline = rng.random(100), rng.random(100)
    first, second = (paired_difference(scores, baseline, confidences=LEVELS, resamples=500, seed=9) for _ in "ab")
    assert first == second


def test_higher_confidence_gives_lower_bounds() -> None:
    rng = np.random.default_rng(0)
    scores, baseline = rng.random(100), rng.random(100)
    for left, right in ((scores, baseline), (scores.round(), baseline.round())):
        result = paired_difference(left, right, confidences=[0.95, 0.975, 0.99], resamples=2000, seed=9)
        lows = [interval.low for interval in result.intervals]
        assert lows == sorted(lows, reverse=True)


def _covers(interval: Interval, truth: float) -> bool:
    return interval.low <= truth <= interval.high


def test_intervals_of_right_or_wrong_scores_cover_as_often_as_they_say() -> None:
    rng = np.random.default_rng(11)
    for rows, won, lost in ((100, 0.10, 0.05), (400, 0.02, 0.02), (1000, 0.30, 0.20)):
        draws = rng.multinomial(rows, [won, lost, 1 - won - lost], size=2000)
        covered = np.mean([_covers(bonett_price(w, o, rows, 0.95), won - lost) for w, o, _ in draws.tolist()])
        assert 0.935 <= covered <= 0.985
    means = [
        _covers(mean_interval(_right(rng, 0.9, 200), confidence=0.95, resamples=100, seed=1), 0.9) for _ in range(500)
    ]
    assert 0.92 <= np.mean(means) <= 0.98


def test_intervals_of_continuous_scores_cover_as_often_as_they_say() -> None:
    rng = np.random.default_rng(12)
    covered = []
    for _ in range(300):
        scores, baseline = rng.beta(2, 1, 120), rng.beta(1, 1, 120)
        result = paired_difference(scores, baseline, confidences=LEVELS, resamples=600, seed=1)
        covered.append(_covers(result.intervals[0], 2 / 3 - 1 / 2))
    assert 0.91 <= np.mean(covered) <= 0.98


def test_the_minimum_detectable_effect_is_found_four_times_out_of_five() -> None:
    rng = np.random.default_rng(13)
    rows, share = 600, 0.2
    probe = paired_difference(
        _right(rng, share, rows), _right(rng, share, rows), confidences=LEVELS, resamples=9, seed=1
    )
    found = []
    for _ in range(600):
        better, base = _right(rng, share + probe.mde, rows), _right(rng, share, rows)
        result = paired_difference(better, base, confidences=LEVELS, resamples=9, seed=1)
        found.append(result.intervals[0].low > 0)
    assert 0.70 <= np.mean(found) <= 0.90
