"""Comparisons of simulated models, decided by the gate itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from components.evaluation.comparisons import ExtraMetric, Scored, compare_all
from components.evaluation.evaluation import Evaluation, System, SystemResult
from components.evaluation.gate import decide
from components.evaluation.gate_settings import ChampionRule, GateSettings
from components.evaluation.settings import EvaluationSettings
from components.evaluation.statistics.interval import Interval, Scores
from components.evaluation.statistics.paired import Figure, measure
from tests.calibration.models import FIGURES, PREFERENCE, QUALITY, ROW_METRICS, draw_test, latent, prefer

AT_ONCE = 50
BASE = System("base", "base", "models/base")
CHAMPION = System("champion", "champion", "models/champion")
CANDIDATE = System("candidate", "candidate", "models/candidate", "f")
NOTHING = Interval(0.0, 0.0, 0.0)


class Outcome(NamedTuple):
    """What many comparisons of the same two models came to.

    Attributes:
        promoted: Share promoted.
        mde: Mean of the minimum detectable effects they stated.
    """

    promoted: float
    mde: float


def simulate(
    kind: str, quality: float, *, comparisons: int, rows: int, resamples: int, seed: int, margin: float | None = None
) -> Outcome:
    """Compare a candidate of that quality with a usual model, again and again.

    Args:
        kind: One of `models.KINDS`.
        quality: The candidate's.
        comparisons: How many, a multiple of 50.
        rows: Rows of each test set.
        resamples: Of bootstrap and permutation.
        seed: Of everything.
        margin: The candidate must not be worse than a champion by so much; None when it must be better than the base.
    """
    promoted, effects = 0, []
    for batch in range(comparisons // AT_ONCE):
        rng = np.random.default_rng([seed, batch])
        settings = EvaluationSettings(resamples=resamples, seed=int(rng.integers(2**31)))
        for evaluation in _evaluations(kind, quality, rng, rows, settings, champion=margin is not None):
            [name] = {one.metric for one in evaluation.comparisons}
            gate = GateSettings(primary_metric=name, champion=ChampionRule(rule="non_inferior", margin=margin or 0.0))
            promoted += decide(evaluation, gate).verdict == "promote"
            effects.append(evaluation.comparisons[-1].mde)
    return Outcome(promoted / comparisons, float(np.mean(effects)))


def _evaluations(
    kind: str, quality: float, rng: np.random.Generator, rows: int, settings: EvaluationSettings, *, champion: bool
) -> list[Evaluation]:
    """Fifty comparisons on the same draws, which saves nearly all of the time; each as an evaluation of its own.

    Where a champion serves the base model is far worse, so that only the champion's rule decides.
    """
    columns: dict[str, list[Scores]] = {}
    figures: list[Figure] = []
    preferences: list[ExtraMetric] = []
    for number in range(AT_ONCE):
        name, test = f"own:{number}", draw_test(rng, rows)
        ours, theirs = latent(rng, test, quality), latent(rng, test, QUALITY)
        if kind == PREFERENCE:
            preferences.append(ExtraMetric(name, preferences={("f", "base"): prefer(ours, theirs)}))
        elif kind in ROW_METRICS:
            score = ROW_METRICS[kind]
            columns[name] = [score(rng, test, theirs), score(rng, test, ours)]
            if champion:
                columns[name].insert(0, score(rng, test, theirs - 3))
        else:
            figure, output = FIGURES[kind]
            columns[f"rows {number}"] = [theirs > 0, ours > 0]  # type: ignore[list-item]
            names = [f"other {number}", name] if output else [name, f"other {number}"]
            figures.append(Figure(names, f"rows {number}", [figure(rng, test, theirs), figure(rng, test, ours)]))
    systems = [BASE, CHAMPION, CANDIDATE] if champion else [BASE, CANDIDATE]
    columns = {name: [np.asarray(column, dtype=np.float64) for column in models] for name, models in columns.items()}
    figures = [_without_unused(figure) for figure in figures]
    measured = measure(columns, figures, resamples=settings.resamples, seed=settings.seed)
    asked = {name: models for name, models in measured.items() if name.startswith("own:")}
    scored = [
        Scored(system, rng.poisson(200, rows) + 1.0, {name: models[at] for name, models in asked.items()})
        for at, system in enumerate(systems)
    ]
    compared, _ = compare_all(scored, preferences, {}, "", settings, 0.95)
    return [
        Evaluation(
            dataset_sha256="",
            rows=rows,
            task_kind="text",
            confidence=0.95,
            seed=settings.seed,
            resamples=settings.resamples,
            systems=[_result(system) for system in systems],
            comparisons=[one for one in compared if one.metric == f"own:{number}"],
            slices=[],
        )
        for number in range(AT_ONCE)
    ]


def _without_unused(figure: Figure) -> Figure:
    """Figures of one output have one name."""
    outputs = figure.statistics[0].value(np.ones((1, figure.statistics[0].rows.shape[1])), 1).shape[1]
    return Figure(figure.names[:outputs], figure.row_metric, figure.statistics)


def _result(system: System) -> SystemResult:
    return SystemResult(system, 1.0, 0, 0, None, None, None, {}, {}, NOTHING, None, None, {})
