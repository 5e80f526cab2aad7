"""The gate errs as rarely, and finds as much, as it says; `python -m tests.calibration` does it at length."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from tests.calibration.models import KINDS, QUALITY, quality_for
from tests.calibration.simulation import simulate

COMPARISONS = 100
FAST = {"comparisons": COMPARISONS, "rows": 120, "resamples": 300}
TOO_RARE = 1e-4
"""Of a gate that keeps its word, a result beyond the bounds would be so rare."""


@pytest.mark.parametrize("kind", KINDS)
def test_equal_models_are_seldom_told_apart(kind: str) -> None:
    promoted = simulate(kind, QUALITY, seed=1, **FAST).promoted
    assert promoted * COMPARISONS <= binom.ppf(1 - TOO_RARE, COMPARISONS, 0.025)


@pytest.mark.parametrize("kind", ["right or wrong", "fraction (token F1, ROUGE)"])
def test_the_stated_effect_is_found_four_times_out_of_five(kind: str) -> None:
    stated = simulate(kind, QUALITY, seed=2, **FAST | {"comparisons": 50}).mde
    found = simulate(kind, quality_for(kind, stated), seed=3, **FAST).promoted
    low, high = binom.ppf([TOO_RARE, 1 - TOO_RARE], COMPARISONS, 0.8) / COMPARISONS
    assert low <= found <= high


def test_a_candidate_at_the_margin_is_seldom_called_as_good() -> None:
    quality = quality_for("right or wrong", -0.05)
    promoted = simulate("right or wrong", quality, seed=4, margin=0.05, **FAST).promoted
    assert promoted * COMPARISONS <= binom.ppf(1 - TOO_RARE, COMPARISONS, 0.025)
