"""Compares every candidate with base and champion, on every metric and on every slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

import msgspec
import numpy as np

from components.evaluation.evaluation import Baseline, Comparison, System
from components.evaluation.metrics.catalogue import Better, better_of
from components.evaluation.metrics.own_metric import OWN_METRIC
from components.evaluation.settings import EvaluationSettings
from components.evaluation.slices import Mask, SliceResult, compare_slices
from components.evaluation.statistics.holm import holm
from components.evaluation.statistics.interval import Interval, Sampling, Scores
from components.evaluation.statistics.length_control import difference_at_equal_length
from components.evaluation.statistics.paired import Measured, PairedDifference, compare, paired_difference
from components.evaluation.statistics.power import minimum_detectable_effect, standard_error_of


@dataclass(frozen=True)
class ExtraMetric:
    """Scores that do not follow from answer and reference: those of a judge, or of people.

    Attributes:
        name: What configuration and report call it.
        by_system: Scores from 0 to 1 of every system, in the order of the systems; not a number where a row has none.
            Empty for a metric that only compares.
        preferences: By candidate (fingerprint) and baseline, how far the candidate's answer is preferred on each row:
            1 better, 0 worse, 0.5 as good; not a number where a row was not judged.
        judged: Whether somebody's taste is in it, so that the gate also looks at the difference at equal length.
    """

    name: str
    by_system: Sequence[Scores] = ()
    preferences: Mapping[tuple[str, Baseline], Scores] = field(default_factory=dict)
    judged: bool = True


@dataclass(frozen=True, eq=False)
class Scored:
    """One system with its metrics.

    Attributes:
        system: Which one.
        lengths: Characters of its answers.
        metrics: By name.
    """

    system: System
    lengths: Scores
    metrics: Mapping[str, Measured]


def compare_all(
    scored: Sequence[Scored],
    extra: Sequence[ExtraMetric],
    masks: Mapping[str, Mask],
    sliced_metric: str,
    settings: EvaluationSettings,
    confidence: float,
) -> tuple[list[Comparison], list[SliceResult]]:
    """All comparisons, first those with the base model, then those with the champion, and the slices.

    Args:
        scored: The systems on the same rows.
        extra: Scores of judges or people.
        masks: Which rows belong to each slice.
        sliced_metric: The metric that slices are compared on.
        settings: Seed and resamples.
        confidence: Level of the intervals.
    """
    levels = [
        1 - (1 - confidence) / (rank + 1) for rank in range(sum(one.system.role == "candidate" for one in scored))
    ]
    sampling: Sampling = {"resamples": settings.resamples, "seed": settings.seed}
    comparisons: list[Comparison] = []
    slices: list[SliceResult] = []
    for against in get_args(Baseline):
        pairs = _pairs(scored, against)
        for metric in scored[0].metrics if pairs else ():
            better = better_in(metric, settings)
            both = {ours.system.fingerprint: (ours.metrics[metric], theirs.metrics[metric]) for ours, theirs in pairs}
            found = {
                name: compare(ours, theirs, confidences=levels, **sampling) for name, (ours, theirs) in both.items()
            }
            comparisons += _family(found, against, metric, better, {})
            if metric == sliced_metric:
                scores = {name: (ours.scores, theirs.scores) for name, (ours, theirs) in both.items()}
                slices += compare_slices(masks, scores, against, metric, better, confidence)
        for other in extra:
            scores = _extra_scores(other, scored, pairs, against)
            better = better_in(other.name, settings)
            comparisons += _extra_family(other, scores, pairs, against, better, levels, sampling)
            if other.name == sliced_metric:
                slices += compare_slices(masks, scores, against, other.name, better, confidence)
    return comparisons, slices


def _pairs(scored: Sequence[Scored], against: Baseline) -> list[tuple[Scored, Scored]]:
    """Every candidate with its own base model, or with the champion where one serves."""
    return [
        (candidate, other)
        for candidate in scored
        if candidate.system.role == "candidate"
        for other in scored
        if other.system.role == against
        and (against == "champion" or other.system.base_model == candidate.system.base_model)
    ]


def better_in(metric: str, settings: EvaluationSettings) -> Better:
    """Which way a metric is better; the user's own metrics say so themselves."""
    own = settings.own_metrics.get(metric.removeprefix(OWN_METRIC)) if metric.startswith(OWN_METRIC) else None
    return own.better if own else better_of(metric)


def _extra_scores(
    metric: ExtraMetric, scored: Sequence[Scored], pairs: Sequence[tuple[Scored, Scored]], against: Baseline
) -> dict[str, tuple[Scores, Scores]]:
    """By candidate its scores and the other's, of those that have any on the same row."""
    found: dict[str, tuple[Scores, Scores]] = {}
    for ours, theirs in pairs:
        name = ours.system.fingerprint
        if metric.by_system:
            found[name] = metric.by_system[scored.index(ours)], metric.by_system[scored.index(theirs)]
        elif (name, against) in metric.preferences:
            preferred = metric.preferences[name, against]
            found[name] = preferred, 1 - preferred
    return {name: both for name, both in found.items() if np.isfinite(both[0] - both[1]).any()}


def _extra_family(
    metric: ExtraMetric,
    scores: Mapping[str, tuple[Scores, Scores]],
    pairs: Sequence[tuple[Scored, Scored]],
    against: Baseline,
    better: Better,
    levels: Sequence[float],
    sampling: Sampling,
) -> list[Comparison]:
    lengths = {ours.system.fingerprint: (ours.lengths, theirs.lengths) for ours, theirs in pairs}
    found: dict[str, PairedDifference] = {}
    at_equal_length: dict[str, Interval] = {}
    for name, (ours, theirs) in scores.items():
        known = np.isfinite(ours - theirs)
        found[name] = paired_difference(ours[known], theirs[known], confidences=levels, **sampling)
        if metric.judged:
            our_length, their_length = lengths[name]
            equal = difference_at_equal_length(
                (ours - theirs)[known], our_length[known], their_length[known], levels[0]
            )
            at_equal_length[name] = equal
            # What the test set shows is what it shows with length taken out.
            mde = minimum_detectable_effect(standard_error_of(equal, levels[0]), levels[-1])
            found[name] = msgspec.structs.replace(found[name], mde=max(mde, found[name].mde))
    return _family(found, against, metric.name, better, at_equal_length)


def _family(
    pairs: Mapping[str, PairedDifference],
    against: Baseline,
    metric: str,
    better: Better,
    at_equal_length: Mapping[str, Interval],
) -> list[Comparison]:
    """The comparisons of all candidates on one metric: what Holm's correction is over."""
    adjusted = holm([pair.p for pair in pairs.values()])
    return [
        Comparison(
            candidate=fingerprint,
            against=against,
            metric=metric,
            better=better,
            difference=pair.intervals[0],
            corrected_lows=[(one.flipped() if better == "lower" else one).low for one in pair.intervals],
            p=pair.p,
            p_adjusted=p_adjusted,
            mde=pair.mde,
            win_rate=pair.win_rate.complement() if better == "lower" else pair.win_rate,
            rows=pair.rows,
            wins=pair.losses if better == "lower" else pair.wins,
            losses=pair.wins if better == "lower" else pair.losses,
            ties=pair.ties,
            at_equal_length=at_equal_length.get(fingerprint),
        )
        for (fingerprint, pair), p_adjusted in zip(pairs.items(), adjusted, strict=True)
    ]
