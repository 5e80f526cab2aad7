"""Two independent estimates: the published example, and how often equal models are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from components.evaluation.statistics.independent import independent_difference
from components.evaluation.statistics.interval import Interval
from components.evaluation.statistics.right_or_wrong import wilson


def test_it_is_newcombes_method_for_two_shares() -> None:
    """Newcombe 1998, Statistics in Medicine 17, table II, method 10, rows (a) 56/70 - 48/80 and (c) 9/10 - 3/10."""
    found = independent_difference(wilson(56, 70, 0.95), wilson(48, 80, 0.95))
    assert (found.mean, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    found = independent_difference(wilson(9, 10, 0.95), wilson(3, 10, 0.95))
    assert (found.mean, found.low, found.high) == pytest.approx((0.6, 0.1705, 0.8090), abs=1e-4)


def test_the_other_way_round_it_has_the_other_sign() -> None:
    one, other = Interval(0.8, 0.7, 0.88), Interval(0.6, 0.5, 0.7)
    assert independent_difference(one, other) == independent_difference(other, one).flipped()


@pytest.mark.parametrize("share", [0.7, 0.9, 0.97])
def test_a_model_that_stayed_the_same_is_called_worse_about_as_rarely_as_promised(share: float) -> None:
    draws = np.random.default_rng(5)
    then, now = draws.binomial(300, share, 2000), draws.binomial(120, share, 2000)
    before, after = ({count: wilson(count, rows, 0.95) for count in range(rows + 1)} for rows in (300, 120))
    intervals = [independent_difference(after[int(b)], before[int(a)]) for a, b in zip(then, now, strict=True)]
    false_alarms = np.mean([one.high < 0 for one in intervals])
    assert false_alarms <= 0.04, "2.5 % on this side, but for the steps of small counts"
    assert np.mean([one.high < -0.05 for one in intervals]) <= 0.005, "and hardly ever beyond an allowed drop"
