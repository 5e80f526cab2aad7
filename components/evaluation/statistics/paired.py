"""Two models on the same rows: the difference with its interval, its test and what the rows can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from components.evaluation.statistics.bootstrap import Resampled, Statistic, bca, bootstrap, mean_of
from components.evaluation.statistics.interval import ROUNDING, Interval, Scores
from components.evaluation.statistics.permutation import sign_flip, swap
from components.evaluation.statistics.power import (
    minimum_detectable_effect,
    minimum_detectable_share,
    standard_error_of,
)
from components.evaluation.statistics.right_or_wrong import bonett_price, is_right_or_wrong, mcnemar, wilson, win_rate


class PairedDifference(msgspec.Struct, frozen=True):
    """How much better the first model is on the same rows.

    Attributes:
        intervals: The difference with its interval at the asked confidence levels, in their order.
        p: Two-sided p-value of "no difference": exact McNemar for right/wrong scores, else permutation.
        mde: Smallest true difference that these rows find with 80 % probability at the highest of the levels.
        win_rate: Share of rows won, a tie counting half, at the first level.
        rows: Rows compared.
        wins: Rows where the first model scores higher.
        losses: Rows where it scores lower.
        ties: Rows where both score the same.
    """

    intervals: list[Interval]
    p: float
    mde: float
    win_rate: Interval
    rows: int
    wins: int
    losses: int
    ties: int


@dataclass(frozen=True)
class Measured:
    """One metric of one model.

    Attributes:
        scores: Per row; for a metric that is no mean of rows, the row's own score, which wins and losses are told by.
        resampled: The metric's bootstrap; None where closed forms serve.
        span: How far apart the scores of two rows can be.
        statistic: What the metric is computed from; None for a mean of rows.
        output: Which of the statistic's outputs it is.
    """

    scores: Scores
    resampled: Resampled | None
    span: float = 1.0
    statistic: Statistic | None = None
    output: int = 0

    def interval(self, confidence: float) -> Interval:
        """The metric with its interval."""
        if self.resampled is None:
            return wilson(int(self.scores.sum()), self.scores.size, confidence)
        return bca(self.resampled, [confidence], worst=0.0, best=self.span)[0]


@dataclass(frozen=True)
class Figure:
    """Figures of the whole test set that are no means of row scores.

    Attributes:
        names: One for each output of the statistics.
        row_metric: The metric that says which of two models won a row.
        statistics: One for each model, with the same columns.
    """

    names: Sequence[str]
    row_metric: str
    statistics: Sequence[Statistic]


def measure(
    columns: Mapping[str, Sequence[Scores]], figures: Sequence[Figure] = (), *, resamples: int, seed: int
) -> dict[str, list[Measured]]:
    """All metrics of all models, measured on the same draws.

    Args:
        columns: By metric, the scores of every model.
        figures: What is no mean of a column.
        resamples: Bootstrap resamples.
        seed: Their seed.
    """
    drawn = {name: models for name, models in columns.items() if not all(map(is_right_or_wrong, models))}
    matrix = [scores for models in drawn.values() for scores in models]
    statistics = [mean_of(np.column_stack(matrix))] if matrix else []
    statistics += [statistic for figure in figures for statistic in figure.statistics]
    resampled = bootstrap(statistics, resamples=resamples, seed=seed) if statistics else []
    means = iter(resampled.pop(0) if matrix else [])
    measured = {
        name: [
            Measured(scores, next(means) if name in drawn else None, max(1.0, *(float(one.max()) for one in models)))
            for scores in models
        ]
        for name, models in columns.items()
    }
    outputs = iter(resampled)
    for figure in figures:
        of_models = [next(outputs) for _ in figure.statistics]
        for output, name in enumerate(figure.names):
            measured[name] = [
                Measured(scores, found[output], 1.0, statistic, output)
                for scores, found, statistic in zip(
                    columns[figure.row_metric], of_models, figure.statistics, strict=True
                )
            ]
    return measured


def mean_interval(scores: Scores, *, confidence: float, resamples: int, seed: int) -> Interval:
    """The mean score of one model with its interval."""
    return measure({"": [scores]}, resamples=resamples, seed=seed)[""][0].interval(confidence)


def paired_difference(
    scores: Scores, baseline: Scores, *, confidences: Sequence[float], resamples: int, seed: int
) -> PairedDifference:
    """The comparison of two models' mean scores.

    Args:
        scores: Scores of the model in question, one per row.
        baseline: Scores of the model it is compared with, in the same order of rows.
        confidences: Levels of the intervals, for example 0.95.
        resamples: Bootstrap and permutation resamples.
        seed: Seed of both.
    """
    ours, theirs = measure({"": [scores, baseline]}, resamples=resamples, seed=seed)[""]
    return compare(ours, theirs, confidences=confidences, resamples=resamples, seed=seed)


def compare(
    ours: Measured, theirs: Measured, *, confidences: Sequence[float], resamples: int, seed: int
) -> PairedDifference:
    """The comparison of two models on a metric that was measured on the same draws."""
    differences = ours.scores - theirs.scores
    wins, losses = int((differences > ROUNDING).sum()), int((differences < -ROUNDING).sum())
    highest = max(confidences)
    if ours.resampled is None or theirs.resampled is None:
        intervals = [bonett_price(wins, losses, differences.size, level) for level in confidences]
        p = mcnemar(wins, losses)
        disagreeing = (wins + losses + 2) / (differences.size + 2)
        mde = minimum_detectable_share(disagreeing, float(theirs.scores.mean()), differences.size, highest)
    else:
        difference = ours.resampled.minus(theirs.resampled)
        intervals = bca(difference, confidences, worst=-ours.span, best=ours.span)
        if ours.statistic is None or theirs.statistic is None:
            p = sign_flip(differences, resamples=resamples, seed=seed)
        else:
            p = swap(ours.statistic, theirs.statistic, output=ours.output, resamples=resamples, seed=seed)
        error = difference.standard_error
        if error < ROUNDING:
            error = standard_error_of(intervals[0], confidences[0])
        mde = minimum_detectable_effect(error, highest)
    return PairedDifference(
        intervals=intervals,
        p=p,
        mde=mde,
        win_rate=win_rate(wins, losses, differences.size, confidences[0]),
        rows=differences.size,
        wins=wins,
        losses=losses,
        ties=differences.size - wins - losses,
    )
