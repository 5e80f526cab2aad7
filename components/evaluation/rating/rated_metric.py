"""What people say as a metric of every row, beside all the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from components.evaluation.comparisons import ExtraMetric
from components.evaluation.evaluation import Baseline, System
from components.evaluation.opponents import JoinedRows, duels
from components.evaluation.parts import PartStorage
from components.evaluation.rating.agreement import krippendorff_alpha, percent_agreement
from components.evaluation.rating.report import RatingReport
from components.evaluation.rating.sample import Pair, Sample, draw_sample
from components.evaluation.rating.settings import RATING_METRIC, RatingSettings
from components.evaluation.rating.store import Rating, RatingStore
from components.evaluation.requests import TestExample
from components.evaluation.statistics.interval import Scores

ByPair = Mapping[str, Mapping[str, Rating]]
Samples = Mapping[tuple[str, Baseline], Sample]


def rated_metrics(
    storage: PartStorage,
    root: str,
    wanted: Mapping[str, RatingSettings],
    examples: Sequence[TestExample],
    answers: Sequence[tuple[System, JoinedRows]],
    seed: int,
) -> tuple[list[ExtraMetric], list[RatingReport]]:
    """The metrics that people have rated all pairs of, and how far all of them are.

    Args:
        storage: Where ratings are kept.
        root: Prefix of all ratings.
        wanted: By name.
        examples: The test set.
        answers: Every system with its rows, joined to the examples.
        seed: Of the order in which rows are drawn.
    """
    metrics: list[ExtraMetric] = []
    reports: list[RatingReport] = []
    for name, settings in wanted.items():
        samples = draw_samples(examples, answers, settings.rows, seed)
        said = RatingStore(storage, root, name).by_pair()
        report = _report(name, settings, samples, said)
        reports.append(report)
        if report.complete:
            preferences = {key: _preferences(sample, said, len(examples)) for key, sample in samples.items()}
            metrics.append(ExtraMetric(report.name, preferences=preferences))
    return metrics, reports


def draw_samples(
    examples: Sequence[TestExample], answers: Sequence[tuple[System, JoinedRows]], rows: int, seed: int
) -> dict[tuple[str, Baseline], Sample]:
    """What is asked about every candidate (by fingerprint) and what it is compared with."""
    return {
        (candidate.fingerprint, against): draw_sample(examples, ours, theirs, rows, seed)
        for candidate, against, ours, theirs in duels(answers)
    }


def distinct_pairs(samples: Samples) -> dict[str, Pair]:
    """Every pair once, by its key, in the order in which rows were drawn."""
    return {pair.key: pair for sample in samples.values() for pair in sample.pairs}


def _preferences(sample: Sample, said: ByPair, rows: int) -> Scores:
    """How far the candidate is preferred on every row of the sample; not a number on the others."""
    scores = np.full(rows, math.nan)
    for row, known in sample.clear.items():
        scores[row] = known
    for pair in sample.pairs:
        told = [one.preference for one in said[pair.key].values() if one.preference is not None]
        if told:
            first = sum(told) / len(told)
            scores[pair.row] = first if pair.ours_first else 1 - first
    return scores


def _report(name: str, settings: RatingSettings, samples: Samples, said: ByPair) -> RatingReport:
    pairs = distinct_pairs(samples)
    units = [list(said.get(key, {}).values()) for key in pairs]
    told = [one for unit in units for one in unit]
    opinions = [[_opinion(one) for one in unit if one.choice != "skip"] for unit in units]
    decided = [one for one in told if one.choice in ("first", "second")]
    left = sum((one.choice == "first") == one.first_left for one in decided)
    return RatingReport(
        name=f"{RATING_METRIC}{name}",
        question=settings.question,
        pairs=len(pairs),
        rated=sum(len(unit) >= settings.raters for unit in units),
        raters=len({one.rater.casefold() for one in told}),
        ratings=len(told),
        skipped=sum(one.choice == "skip" for one in told),
        both_bad=sum(one.choice == "both_bad" for one in told),
        agreement=percent_agreement(opinions),
        alpha=krippendorff_alpha(opinions),
        left_preferred=left / len(decided) if decided else None,
    )


def _opinion(rating: Rating) -> str:
    return rating.choice if rating.choice in ("first", "second") else "neither"
