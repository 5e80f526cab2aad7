"""Where a candidate is better and where it is worse: parts of the test set, compared on their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from components.evaluation.metrics.catalogue import Better
from components.evaluation.statistics.interval import ROUNDING, Interval, Scores
from components.evaluation.statistics.right_or_wrong import bonett_price, is_right_or_wrong
from components.evaluation.statistics.student import student_interval

MIN_ROWS = 10
"""With fewer rows an interval says nothing."""
MAX_VALUES = 30
"""So many values of a dimension are looked at, those with the most rows."""

Mask = NDArray[np.bool_]
Dimensions = Mapping[str, Sequence[str]]
"""By dimension the value of every row; empty where a row has none."""


class SliceResult(msgspec.Struct, frozen=True):
    """A candidate against the base model or the champion on the rows that have one property.

    Attributes:
        name: `DIMENSION=VALUE`.
        rows: Rows of the slice.
        candidate: Fingerprint of the candidate.
        against: `base` or `champion`.
        metric: The metric compared.
        better: Which way the metric is better.
        score: The candidate's mean.
        baseline_score: The other's mean.
        difference: Candidate minus the other, with its interval.
        at_once: The same at a level that holds for all slices of the candidate at once (Bonferroni).
    """

    name: str
    rows: int
    candidate: str
    against: str
    metric: str
    better: Better
    score: float
    baseline_score: float
    difference: Interval
    at_once: Interval

    @property
    def improvement(self) -> Interval:
        """The difference, with the other sign where lower is better."""
        return self.difference.flipped() if self.better == "lower" else self.difference

    @property
    def improvement_at_once(self) -> Interval:
        """The improvement with the interval that holds for all slices at once."""
        return self.at_once.flipped() if self.better == "lower" else self.at_once


def slice_masks(dimensions: Dimensions) -> dict[str, Mask]:
    """Which rows belong to each slice, by name; only slices of at least ten rows that are not the whole test set."""
    masks: dict[str, Mask] = {}
    for dimension, values in dimensions.items():
        column = np.asarray(values, dtype=object)
        counts = Counter(value for value in values if value)
        for value, rows in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MAX_VALUES]:
            if MIN_ROWS <= rows < len(values):
                masks[f"{dimension}={value}"] = np.equal(column, value).astype(bool)
    return masks


def compare_slices(
    masks: Mapping[str, Mask],
    scores: Mapping[str, tuple[Scores, Scores]],
    against: str,
    metric: str,
    better: Better,
    confidence: float,
) -> list[SliceResult]:
    """The comparison of every candidate on every slice; rows without a score in either are left out.

    Args:
        masks: Which rows belong to each slice.
        scores: By candidate its scores and those it is compared with.
        against: `base` or `champion`.
        metric: What the scores are.
        better: Which way it is better.
        confidence: Level of the intervals.
    """
    results = []
    for candidate, (ours, theirs) in scores.items():
        known = np.isfinite(ours) & np.isfinite(theirs)
        parts = {name: mask & known for name, mask in masks.items() if (mask & known).sum() >= MIN_ROWS}
        strict = 1 - (1 - confidence) / max(1, len(parts))
        results += [
            SliceResult(
                name=name,
                rows=int(mask.sum()),
                candidate=candidate,
                against=against,
                metric=metric,
                better=better,
                score=float(ours[mask].mean()),
                baseline_score=float(theirs[mask].mean()),
                difference=_difference(ours[mask], theirs[mask], confidence),
                at_once=_difference(ours[mask], theirs[mask], strict),
            )
            for name, mask in parts.items()
        ]
    return results


def worst_first(slices: Sequence[SliceResult]) -> list[SliceResult]:
    """The slices, those first that are most surely worse: by the upper bound of their improvement."""
    return sorted(slices, key=lambda one: (one.improvement_at_once.high, one.name))


def _difference(ours: Scores, theirs: Scores, confidence: float) -> Interval:
    differences = ours - theirs
    if is_right_or_wrong(ours) and is_right_or_wrong(theirs):
        wins, losses = int((differences > ROUNDING).sum()), int((differences < -ROUNDING).sum())
        return bonett_price(wins, losses, differences.size, confidence)
    return student_interval(differences, confidence, span=max(1.0, float(ours.max()), float(theirs.max())))
