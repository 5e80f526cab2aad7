"""Candidates that a mean score would let through, and that the gate must not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from components.evaluation.comparisons import ExtraMetric
from components.evaluation.evaluate import evaluate
from components.evaluation.evaluation import Evaluation, System
from components.evaluation.gate import Decision, decide
from components.evaluation.gate_settings import GateSettings
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings

ROWS = 400
LABELS = [f"label {number % 8}" for number in range(ROWS)]
FAST = EvaluationSettings(resamples=300)
BASE = System("base", "base", "models/base")
CANDIDATE = System("candidate", "tuned", "models/tuned", "f1", 1.0, 2.0)
CHEAPER = System("candidate", "small", "models/small", "f2", 0.1, 0.2)


def judged(
    *systems: tuple[System, Sequence[str]],
    references: Sequence[str] = LABELS,
    extra: Sequence[ExtraMetric] = (),
    latencies: Mapping[str, float] | None = None,
    sliced: str = "exact_match",
) -> Evaluation:
    examples = [
        TestExample(f"{number:07d}-ab", b'{"contents":[{"parts":[{"text":"question"}]}]}', f"h{number}", reference)
        for number, reference in enumerate(references)
    ]
    answers = []
    for system, given in systems:
        latency = (latencies or {}).get(system.name, 40.0)
        rows = [
            Row(one.example_id, one.request_hash, one.reference, answer, "STOP", "", 100, 10, latency, 1)
            for one, answer in zip(examples, given, strict=True)
        ]
        answers.append((system, rows))
    return evaluate(examples, answers, FAST, confidence=0.95, dataset_sha256="ab", extra=extra, sliced_metric=sliced)


def right_on(rows: Sequence[int]) -> list[str]:
    chosen = set(rows)
    return [label if number in chosen else "wrong" for number, label in enumerate(LABELS)]


def at_random(share: float, seed: int) -> list[int]:
    return np.flatnonzero(np.random.default_rng(seed).random(ROWS) < share).tolist()


def blocked(decision: Decision) -> bool:
    return decision.verdict in ("hold", "inconclusive") and decision.winner is None


def test_a_candidate_with_shuffled_labels() -> None:
    shuffled = np.random.default_rng(1).permutation(LABELS).tolist()
    for metric in ("exact_match", "macro_f1", "weighted_f1"):
        against_chance = decide(
            judged((BASE, np.random.default_rng(2).permutation(LABELS).tolist()), (CANDIDATE, shuffled)),
            GateSettings(primary_metric=metric),
        )
        assert blocked(against_chance)
        against_skill = decide(
            judged((BASE, right_on(at_random(0.6, 3))), (CANDIDATE, shuffled)), GateSettings(primary_metric=metric)
        )
        assert against_skill.verdict == "hold"


def test_a_candidate_that_is_better_on_average_and_collapses_on_one_slice() -> None:
    base = at_random(0.6, 4)
    better = sorted((set(base) | set(at_random(0.8, 5))) - {row for row in range(ROWS) if row % 8 == 3})
    assert len(better) > len(base) + 20
    evaluation = judged((BASE, right_on(base)), (CANDIDATE, right_on(better)))
    decision = decide(evaluation, GateSettings())
    assert decision.verdict == "hold"
    assert "collapses against the base model on label=label 3" in decision.reasons[0]
    assert "50 rows" in decision.reasons[0]
    assert decide(evaluation, GateSettings(max_slice_drop=None)).verdict == "promote"
    named = GateSettings(max_slice_drop=None, max_slice_drops={"label=label 3": 0.05})
    assert decide(evaluation, named).verdict == "hold"
    assert decide(evaluation, GateSettings(max_slice_drops={"label=label 5": 0.3})).verdict == "hold"


def test_the_worst_slices_of_a_winner_are_named_with_their_uncertainty() -> None:
    base = at_random(0.5, 6)
    decision = decide(
        judged((BASE, right_on(base)), (CANDIDATE, right_on(sorted({*base, *at_random(0.5, 7)})))), GateSettings()
    )
    assert decision.verdict == "promote"
    [told] = [check.sentence for check in decision.checks if check.rule == "slices against base"]
    assert "Worst: label=label" in told
    assert "95% interval" in told


@pytest.mark.parametrize("lost", [0, 6])
def test_a_candidate_that_is_better_on_twelve_rows_only(lost: int) -> None:
    base = list(range(200))
    better = [*base[lost:], *range(200, 212)]
    decision = decide(
        judged((BASE, right_on(base)), (CANDIDATE, right_on(better))), GateSettings(min_improvement_over_base=0.02)
    )
    assert decision.verdict == "inconclusive"
    assert "more rows would decide it" in decision.reasons[0]


def test_a_test_set_of_twelve_rows_or_of_one() -> None:
    for rows in (12, 1):
        evaluation = judged((BASE, ["wrong"] * rows), (CANDIDATE, LABELS[:rows]), references=LABELS[:rows])
        decision = decide(evaluation, GateSettings())
        assert decision.verdict == "inconclusive"
        assert decision.reasons == [
            f"The test set has {rows} rows, at least 50 are needed: undecided. {50 - rows} more rows are needed."
        ]
        alone = decide(evaluation, GateSettings(min_rows=1))
        if rows == 1:
            assert alone.verdict == "inconclusive"
            assert "1 rows are too few to reckon" in alone.reasons[0]


def preference_of(ours: Sequence[str], theirs: Sequence[str], rule: str, seed: int) -> np.ndarray:
    """What a judge prefers that only looks at which answer is longer, or at the amount, or at what is right."""
    rng = np.random.default_rng(seed)
    surplus = np.array([len(one) - len(other) for one, other in zip(ours, theirs, strict=True)], dtype=float)
    if rule == "longer":
        return np.where(surplus > 0, 1.0, np.where(surplus < 0, 0.0, 0.5))
    if rule == "by how much":
        return np.clip(0.5 + np.log1p(np.abs(surplus)) * np.sign(surplus) / 10 + rng.normal(0, 0.05, ROWS), 0, 1)
    return (rng.random(ROWS) < 0.7).astype(float)


@pytest.mark.parametrize(
    ("rule", "longest", "verdict"),
    [
        ("longer", 60, "stopped"),
        ("longer", 400, "stopped"),
        ("by how much", 60, "stopped"),
        ("by how much", 400, "stopped"),
        ("quality", 60, "promote"),
    ],
)
def test_a_judge_that_prefers_length(rule: str, longest: int, verdict: str) -> None:
    rng = np.random.default_rng(8)
    base = [LABELS[0], *("y" * int(length) for length in rng.integers(20, 60, ROWS - 1))]
    longer = ["z" * int(length) for length in rng.integers(25, 20 + longest, ROWS)]
    preference = preference_of(longer, base, rule, 10)
    evaluation = judged(
        (BASE, base),
        (CANDIDATE, longer),
        extra=[ExtraMetric("judge:quality", preferences={("f1", "base"): preference})],
    )
    settings = GateSettings(primary_metric="judge:quality")
    decision = decide(evaluation, settings)
    primary, *_ = [check for check in decision.checks if check.rule == "primary against base"]
    assert primary.outcome == "passed"
    assert decision.verdict == "promote" if verdict == "promote" else blocked(decision)
    if verdict == "stopped":
        assert "at equal length" in decision.reasons[0]
        assert decide(evaluation, GateSettings(primary_metric="judge:quality", length_control=False)).winner == "f1"


def test_a_candidate_whose_answers_are_all_longer_cannot_be_told_from_a_taste_for_length() -> None:
    base, longer = [LABELS[0], *["y" * 20] * (ROWS - 1)], ["z" * 90] * ROWS
    evaluation = judged(
        (BASE, base),
        (CANDIDATE, longer),
        extra=[ExtraMetric("judge:quality", preferences={("f1", "base"): np.ones(ROWS)})],
    )
    assert decide(evaluation, GateSettings(primary_metric="judge:quality")).verdict == "inconclusive"


def test_rows_without_a_judgement_do_not_count() -> None:
    preference = np.full(ROWS, np.nan)
    preference[:80] = 1.0
    evaluation = judged(
        (BASE, right_on([])),
        (CANDIDATE, right_on(range(ROWS))),
        extra=[ExtraMetric("rating:experts", preferences={("f1", "base"): preference}, judged=False)],
    )
    [one] = [one for one in evaluation.comparisons if one.metric == "rating:experts"]
    assert (one.rows, one.wins, one.losses) == (80, 80, 0)
    assert one.win_rate.mean == 1.0


def test_limits_of_latency_cost_and_errors() -> None:
    good = right_on(at_random(0.9, 10))
    evaluation = judged((BASE, right_on([])), (CANDIDATE, good), latencies={"tuned": 800.0})
    assert decide(evaluation, GateSettings(max_latency_p95_ms=1_000)).verdict == "promote"
    slow = decide(evaluation, GateSettings(max_latency_p95_ms=500))
    assert slow.verdict == "hold"
    assert "95% of the answers came within 800 ms" in slow.reasons[0]
    # 100 tokens in for one dollar a million and 10 out for two: 0.12 dollars for a thousand.
    assert decide(evaluation, GateSettings(max_cost_per_1000_usd=0.121)).verdict == "promote"
    dear = decide(evaluation, GateSettings(max_cost_per_1000_usd=0.119))
    assert dear.verdict == "hold"
    assert "$0.12" in dear.reasons[0]
    assert decide(evaluation, GateSettings(max_error_rate=0.02)).verdict == "promote"
    assert decide(evaluation, GateSettings(max_error_rate=0.001)).verdict == "inconclusive"


def test_a_near_tie_goes_to_the_cheaper_and_a_clear_win_does_not() -> None:
    base = right_on([])
    near = judged((BASE, base), (CANDIDATE, right_on(range(301))), (CHEAPER, right_on(range(300))))
    decision = decide(near, GateSettings())
    assert decision.winner == "f2"
    assert "a near tie" in decision.reasons[0]
    assert decide(near, GateSettings(near_tie=0.001)).winner == "f1"
    clear = judged((BASE, base), (CANDIDATE, right_on(range(320))), (CHEAPER, right_on(range(300))))
    assert decide(clear, GateSettings()).winner == "f1"


def test_a_metric_of_which_less_is_better_is_read_that_way_round() -> None:
    refusing = ["I'm sorry, but I can't help with that."] * 100
    base = refusing + LABELS[100:]
    evaluation = judged((BASE, base), (CANDIDATE, LABELS))
    decision = decide(evaluation, GateSettings(primary_metric="refused"))
    assert decision.verdict == "promote"
    assert "refused -25.00 points against the base model" in decision.reasons[0]
    back = decide(judged((BASE, LABELS), (CANDIDATE, base)), GateSettings(max_guardrail_drops={"refused": 0.05}))
    assert back.verdict == "hold"
    assert any("refused +25.00 points" in reason and "may not rise by 5.00" in reason for reason in back.reasons)


def test_a_guardrail_on_length_holds_in_both_directions() -> None:
    base = right_on([])
    for factor, verdict in ((1, "promote"), (3, "hold")):
        longer = [label + " " * (len(label) * (factor - 1)) for label in LABELS]
        evaluation = judged((BASE, ["wrong!!"] * ROWS), (CANDIDATE, longer))
        settings = GateSettings(primary_metric="normalized_match", max_guardrail_drops={"length_ratio": 0.2})
        assert decide(evaluation, settings).verdict == verdict
    with pytest.raises(ValueError, match="cannot decide"):
        GateSettings(primary_metric="length_ratio")
    assert base


def test_a_worse_candidate_is_told_how_many_rows_would_show_it() -> None:
    worse = right_on(range(6, 200))
    decision = decide(
        judged((BASE, right_on(range(200))), (CANDIDATE, worse)), GateSettings(min_improvement_over_base=0.0)
    )
    assert blocked(decision)
    tied = decide(judged((BASE, right_on(range(200))), (CANDIDATE, right_on(range(200)))), GateSettings())
    assert "no attainable number of rows" in tied.reasons[0]


def test_macro_f1_and_bleu_can_decide() -> None:
    better = judged((BASE, right_on(at_random(0.5, 11))), (CANDIDATE, right_on(at_random(0.8, 12))))
    assert decide(better, GateSettings(primary_metric="macro_f1")).verdict == "promote"
    references = [f"the quick brown fox number {number} jumps over the lazy dog" for number in range(60)]
    texts = judged(
        (BASE, [one.replace("quick brown", "slow red") for one in references]),
        (CANDIDATE, references),
        references=references,
    )
    assert decide(texts, GateSettings(primary_metric="bleu")).verdict == "promote"
    assert decide(texts, GateSettings(primary_metric="chrf")).verdict == "promote"


def test_a_score_of_exactly_zero_is_a_score() -> None:
    nothing = judged((BASE, right_on(at_random(0.5, 13))), (CANDIDATE, right_on([])))
    assert nothing.systems[1].metrics["exact_match"].mean == 0.0
    assert nothing.systems[1].metrics["macro_f1"].mean == 0.0
    assert decide(nothing, GateSettings()).verdict == "hold"
    assert decide(nothing, GateSettings(primary_metric="macro_f1")).verdict == "hold"
