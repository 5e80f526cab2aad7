"""What champion and candidate did with the same logged prompts, line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from components.evaluation.comparisons import ExtraMetric
from components.evaluation.evaluation import System
from components.evaluation.gate_settings import GateSettings
from components.evaluation.metrics import answer_form
from components.evaluation.metrics.case import Case
from components.evaluation.metrics.catalogue import Better
from components.evaluation.metrics.matches import exact_match, normalized_match
from components.evaluation.metrics.words import token_f1
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings
from components.evaluation.statistics.interval import Interval, Sampling, Scores
from components.evaluation.statistics.paired import mean_interval, paired_difference
from components.evaluation.statistics.quantile_difference import quantile_difference
from components.evaluation.statistics.student import student_interval
from components.shadow.answer_form import find_form
from components.shadow.settings import ShadowLimits
from components.shadow.shadow_line import ShadowLine, Unit, judged_line

UNNOTICED_MS = 50.0
"""Nobody notices so little: what is slower by less is not worse, however many times the champion's latency it is."""


class Agreement(msgspec.Struct, frozen=True):
    """How alike answers are; nothing is decided by it, because no answer here is known to be right.

    Attributes:
        name: Which answers are compared, and how.
        rows: Rows that both are on.
        value: Mean of the rows, 0 to 1, with its interval; None without rows.
    """

    name: str
    rows: int
    value: Interval | None


@dataclass(frozen=True)
class Both:
    """The answers of both to the same prompts.

    Attributes:
        champion: Its rows.
        candidate: Its rows, in the same order.
        systems: Champion and candidate.
        evaluation: Seed and resamples.
        gate: Confidence, and what it allows.
        limits: What else is allowed.
    """

    champion: Sequence[Row]
    candidate: Sequence[Row]
    systems: tuple[System, System]
    evaluation: EvaluationSettings
    gate: GateSettings
    limits: ShadowLimits

    def answered(self) -> list[tuple[Row, Row]]:
        """Rows that both have an answer on."""
        pairs = zip(self.champion, self.candidate, strict=True)
        return [(theirs, ours) for theirs, ours in pairs if theirs.answered and ours.answered]

    @property
    def sampling(self) -> Sampling:
        """How intervals are drawn."""
        return {"resamples": self.evaluation.resamples, "seed": self.evaluation.seed}


def compare_rows(both: Both, judged: Sequence[ExtraMetric]) -> list[ShadowLine]:
    """Every line that the rows give."""
    all_rows = list(zip(both.champion, both.candidate, strict=True))
    answered = both.answered()
    lines = [
        _share(both, "failed calls", "lower", all_rows, lambda row: row.finish_reason == "ERROR"),
        _share(both, "refusals", "lower", all_rows, _refused, "refused"),
        _share(both, "empty answers", "lower", all_rows, _empty, "empty"),
        _share(both, "unfinished answers", "lower", all_rows, _unfinished),
    ]
    if not answered:
        return lines
    known = [row.reference for row in both.champion if row.reference] or [row.answer for row, _ in answered]
    for name, has in find_form(known).rules():
        lines.append(_share(both, name, "higher", answered, _of_answer(has), _METRIC.get(name, "")))
    length = _column(answered, lambda row: float(len(row.answer)))
    lines.append(_means(both, "answer length", "characters", "unchanged", length, both.limits.max_length_change))
    lines += _latencies(both, answered)
    if all(system.usd_per_million_input is not None for system in both.systems):
        cost = _column(answered, lambda row: 1000 * (row.cost_usd or 0.0))
        lines.append(_means(both, "cost per 1,000 answers", "usd", "lower", cost, both.limits.max_cost_ratio - 1))
    return lines + [line for metric in judged for line in _judged(both, metric)]


def agreements(both: Both) -> list[Agreement]:
    """How alike the two answer, and how near each is to the logged answer."""
    answered = both.answered()
    logged = [(theirs, ours) for theirs, ours in answered if theirs.reference]
    pairs = [(theirs.answer, ours.answer) for theirs, ours in answered]
    champion = [(theirs.reference, theirs.answer) for theirs, _ in logged]
    candidate = [(ours.reference, ours.answer) for _, ours in logged]
    return [
        _agreement(both, "candidate and champion, the same text", pairs, exact_match),
        _agreement(both, "candidate and champion, the same but for case and spacing", pairs, normalized_match),
        _agreement(both, "candidate and champion, token F1", pairs, token_f1),
        _agreement(both, "champion and logged answer, token F1", champion, token_f1),
        _agreement(both, "candidate and logged answer, token F1", candidate, token_f1),
    ]


_METRIC = {"valid JSON": "json_valid", "valid function calls": "call_valid"}
_Pairs = Sequence[tuple[Row, Row]]


def _column(pairs: _Pairs, value: Callable[[Row], float]) -> tuple[Scores, Scores]:
    theirs, ours = (np.array([value(pair[number]) for pair in pairs], dtype=np.float64) for number in (0, 1))
    return theirs, ours


def _of_answer(has: Callable[[str], bool]) -> Callable[[Row], bool]:
    return lambda row: has(row.answer)


def _share(
    both: Both, name: str, better: Better, pairs: _Pairs, has: Callable[[Row], bool], metric: str = ""
) -> ShadowLine:
    theirs, ours = _column(pairs, has)
    found = paired_difference(ours, theirs, confidences=[both.gate.confidence], **both.sampling)
    allowed = both.gate.max_guardrail_drops.get(metric, both.limits.max_increase)
    return _line(both, name, "share", better, (theirs, ours), found.intervals[0], allowed)


def _means(
    both: Both, name: str, unit: Unit, better: Better, values: tuple[Scores, Scores], change: float
) -> ShadowLine:
    theirs, ours = values
    difference = student_interval(ours - theirs, both.gate.confidence)
    return _line(both, name, unit, better, values, difference, change * float(theirs.mean()))


def _line(
    both: Both,
    name: str,
    unit: Unit,
    better: Better,
    values: tuple[Scores, Scores],
    difference: Interval,
    allowed: float,
) -> ShadowLine:
    means = float(values[0].mean()), float(values[1].mean())
    return judged_line(name, unit, better, values[0].size, means, difference, allowed, both.gate.confidence)


def _latencies(both: Both, answered: _Pairs) -> list[ShadowLine]:
    timed = [pair for pair in answered if pair[0].latency_ms is not None and pair[1].latency_ms is not None]
    if not timed:
        return []
    theirs, ours = _column(timed, lambda row: row.latency_ms or 0.0)
    lines = []
    for name, share in (("latency p50", 0.5), ("latency p95", 0.95)):
        values = float(np.quantile(theirs, share)), float(np.quantile(ours, share))
        difference = quantile_difference(ours, theirs, share, both.gate.confidence, **both.sampling)
        allowed = max(UNNOTICED_MS, values[0] * (both.limits.max_latency_ratio - 1))
        lines.append(judged_line(name, "ms", "lower", len(timed), values, difference, allowed, both.gate.confidence))
    return lines


def _judged(both: Both, metric: ExtraMetric) -> list[ShadowLine]:
    if metric.by_system:
        theirs, ours = metric.by_system
    else:
        preferred = metric.preferences[both.systems[1].fingerprint, "champion"]
        theirs, ours = 1 - preferred, preferred
    known = np.isfinite(ours - theirs)
    if not known.any():
        return []
    theirs, ours = theirs[known], ours[known]
    found = paired_difference(ours, theirs, confidences=[both.gate.confidence], **both.sampling)
    allowed = both.gate.max_guardrail_drops.get(metric.name, both.limits.max_increase)
    return [_line(both, metric.name, "share", "higher", (theirs, ours), found.intervals[0], allowed)]


def _case(row: Row) -> Case:
    return Case(row.reference, row.answer if row.answered else None, row.finish_reason)


def _refused(row: Row) -> bool:
    return bool(answer_form.refused(_case(row)))


def _empty(row: Row) -> bool:
    """A reply without text, for another reason than that the content was not wanted."""
    return row.settled and not _refused(row) and bool(answer_form.empty(_case(row)))


def _unfinished(row: Row) -> bool:
    """A reply that ended for another reason than that it was complete, or not wanted: cut off, most of all."""
    return row.settled and row.finish_reason != "STOP" and row.finish_reason not in answer_form.BLOCKED


def _agreement(
    both: Both, name: str, pairs: Sequence[tuple[str, str]], score: Callable[[str, str], float]
) -> Agreement:
    if not pairs:
        return Agreement(name, 0, None)
    scores = np.array([score(one, other) for one, other in pairs])
    return Agreement(name, len(pairs), mean_interval(scores, confidence=both.gate.confidence, **both.sampling))
