from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from components.errors import RetuneError
from components.evaluation.checks import holm_passing
from components.evaluation.evaluate import evaluate
from components.evaluation.evaluation import Evaluation, System
from components.evaluation.gate import Decision, decide
from components.evaluation.gate_settings import KNOWN_METRICS, NAMED_METRICS, ChampionRule, GateSettings
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings
from components.evaluation.side_by_side import side_by_side

FAST = EvaluationSettings(resamples=400)


def examples_of(references: Sequence[str]) -> list[TestExample]:
    return [
        TestExample(
            f"{number:07d}-00000000", b'{"contents":[{"parts":[{"text":"' + b"q" * 500 + b'"}]}]}', "hash", reference
        )
        for number, reference in enumerate(references, start=1)
    ]


LABELS = examples_of([f"label {number % 5}" for number in range(400)])


def rows_of(examples: Sequence[TestExample], answers: Sequence[str | None]) -> list[Row]:
    return [
        Row(
            one.example_id,
            one.request_hash,
            one.reference,
            answer or "",
            "STOP" if answer else "ERROR",
            "" if answer else "503 UNAVAILABLE: busy",
            10,
            2,
            5.0,
            1,
        )
        for one, answer in zip(examples, answers, strict=True)
    ]


def right(count: int, start: int = 0) -> list[str | None]:
    """Answers to LABELS of which `count` are right, from row `start` on."""
    return [one.reference if start <= at < start + count else "wrong" for at, one in enumerate(LABELS)]


def judged(*systems: tuple[System, list[str | None]]) -> Evaluation:
    answers = [(system, rows_of(LABELS, given)) for system, given in systems]
    return evaluate(LABELS, answers, FAST, confidence=0.95, dataset_sha256="ab")


BASE = System("base", "base", "gemini")
CHAMPION = System("champion", "champion", "models/1@1")


def candidate(number: int = 1, price: float | None = None, model: str = "") -> System:
    return System("candidate", f"candidate {number}", model or f"models/1@{number + 1}", f"f{number}", price, price)


def test_a_clear_improvement_is_promoted_with_its_numbers() -> None:
    evaluation = judged((BASE, right(200)), (CHAMPION, right(250)), (candidate(), right(320)))
    decision = decide(evaluation, GateSettings())
    assert (decision.verdict, decision.winner) == ("promote", "f1")
    assert "exact_match +30.00 points against the base model" in decision.reasons[0]
    assert "against the champion" in decision.reasons[1]


def test_a_clear_deterioration_is_held() -> None:
    decision = decide(judged((BASE, right(200)), (candidate(), right(120))), GateSettings())
    assert (decision.verdict, decision.winner) == ("hold", None)
    assert "failed" in decision.reasons[0]


@pytest.mark.parametrize("given", [right(200), right(204)])
def test_ties_and_noise_are_inconclusive_and_say_what_would_decide(given: list[str | None]) -> None:
    decision = decide(judged((BASE, right(200)), (candidate(), given)), GateSettings())
    assert decision.verdict == "inconclusive"
    assert "80% power" in decision.reasons[0]


def test_a_margin_over_base_must_be_exceeded_not_reached() -> None:
    evaluation = judged((BASE, right(200)), (candidate(), right(240)))
    assert decide(evaluation, GateSettings(min_improvement_over_base=0.05)).verdict == "promote"
    assert decide(evaluation, GateSettings(min_improvement_over_base=0.09)).verdict == "inconclusive"
    assert decide(evaluation, GateSettings(min_improvement_over_base=0.20)).verdict == "hold"


def test_non_inferiority_lets_an_equal_candidate_pass_within_the_margin() -> None:
    evaluation = judged((BASE, right(100)), (CHAMPION, right(300)), (candidate(), right(301)))
    assert decide(evaluation, GateSettings()).verdict == "inconclusive"
    wide, narrow = (ChampionRule(rule="non_inferior", margin=margin) for margin in (0.03, 0.001))
    assert decide(evaluation, GateSettings(champion=wide)).verdict == "promote"
    assert decide(evaluation, GateSettings(champion=narrow)).verdict == "inconclusive"


def test_missing_answers_refuse_a_verdict_whoever_lacks_them() -> None:
    broken: list[str | None] = [None] * 12
    for role in range(3):
        given = [right(100), right(150), right(390)]
        given[role] = broken + given[role][12:]
        evaluation = judged(*zip((BASE, CHAMPION, candidate()), given, strict=True))
        decision = decide(evaluation, GateSettings())
        assert decision.verdict == "inconclusive"
        assert [check.rule for check in decision.checks if check.outcome != "passed"] == ["coverage"]
        assert "97.0%" in decision.reasons[0]
        assert evaluation.systems[role].failures == {"503 UNAVAILABLE": 12}


def test_a_guardrail_stops_a_better_candidate() -> None:
    base = [f" {answer}" for answer in right(400)]
    better: list[str | None] = [one.reference if at < 300 else "wrong" for at, one in enumerate(LABELS)]
    evaluation = judged((BASE, base), (candidate(), better))
    assert decide(evaluation, GateSettings()).verdict == "promote"
    guarded = decide(evaluation, GateSettings(max_guardrail_drops={"normalized_match": 0.05}))
    assert guarded.verdict == "hold"
    assert "may not drop by 5.00" in guarded.reasons[0]


def test_the_champion_itself_is_not_promoted_again() -> None:
    same = candidate(model="models/1@1")
    decision = decide(judged((BASE, right(10)), (CHAMPION, right(300)), (same, right(300))), GateSettings())
    assert decision.verdict == "hold"
    assert "already serving" in decision.reasons[0]
    two = judged((BASE, right(10)), (CHAMPION, right(300)), (same, right(300)), (candidate(2), right(390)))
    assert decide(two, GateSettings()).winner == "f2"


def test_the_best_of_several_wins_and_equals_go_to_the_cheaper_then_the_earlier() -> None:
    base, good = (BASE, right(100)), right(300)
    assert decide(judged(base, (candidate(1), good), (candidate(2), right(350))), GateSettings()).winner == "f2"
    assert decide(judged(base, (candidate(1, 2.0), good), (candidate(2, 1.0), good)), GateSettings()).winner == "f2"
    assert decide(judged(base, (candidate(1), good), (candidate(2, 1.0), good)), GateSettings()).winner == "f2"
    assert decide(judged(base, (candidate(1), good), (candidate(2), good)), GateSettings()).winner == "f1"


def test_what_passes_alone_may_not_pass_among_many() -> None:
    slight = right(207)
    assert decide(judged((BASE, right(200)), (candidate(), slight)), GateSettings()).verdict == "promote"
    others = [(candidate(number), right(200, start=number)) for number in range(2, 12)]
    assert decide(judged((BASE, right(200)), (candidate(), slight), *others), GateSettings()).verdict == "inconclusive"


def test_a_margin_is_corrected_for_many_candidates_too() -> None:
    margin = GateSettings(min_improvement_over_base=0.05)
    assert decide(judged((BASE, right(200)), (candidate(), right(233))), margin).verdict == "promote"
    others = [(candidate(number), right(200, start=number)) for number in range(2, 12)]
    assert decide(judged((BASE, right(200)), (candidate(), right(233)), *others), margin).verdict == "inconclusive"


def test_a_bound_that_the_exact_test_does_not_confirm_is_no_improvement() -> None:
    bound = judged((BASE, right(200)), (candidate(), right(230))).comparisons[0]
    doubtful = msgspec.structs.replace(bound, p=0.2, p_adjusted=0.2)
    assert holm_passing([bound], 0.0, 0.05) == {"f1"}
    assert holm_passing([doubtful], 0.0, 0.05) == set()
    assert holm_passing([doubtful], -0.01, 0.05) == {"f1"}


def test_a_better_score_on_very_few_rows_is_not_enough() -> None:
    assert decide(judged((BASE, right(200)), (candidate(), right(205))), GateSettings()).verdict == "inconclusive"


def test_a_number_that_is_none_is_an_error_not_a_pass() -> None:
    evaluation = judged((BASE, right(100)), (candidate(), right(300)))
    spoilt = msgspec.structs.replace(evaluation.comparisons[0], p=float("nan"))
    with pytest.raises(RetuneError, match="GATE-NAN"):
        decide(msgspec.structs.replace(evaluation, comparisons=[spoilt, *evaluation.comparisons[1:]]), GateSettings())


def test_unknown_metric_other_confidence_and_missing_roles_are_refused() -> None:
    evaluation = judged((BASE, right(100)), (candidate(), right(300)))
    with pytest.raises(RetuneError, match="GATE-METRIC") as caught:
        decide(evaluation, GateSettings(primary_metric="rouge_l"))
    assert "exact_match" in caught.value.next_step
    with pytest.raises(RetuneError, match="GATE-CONFIDENCE"):
        decide(evaluation, GateSettings(confidence=0.9))
    with pytest.raises(RetuneError, match="EVAL-SYSTEMS"):
        judged((candidate(), right(3)))


def test_score_of_zero_is_a_score() -> None:
    evaluation = judged((BASE, right(0)), (candidate(), right(300)))
    assert evaluation.systems[0].metrics["exact_match"].mean == 0.0
    assert decide(evaluation, GateSettings()).verdict == "promote"


def test_the_record_survives_json_and_is_the_same_every_time() -> None:
    first, second = (judged((BASE, right(100)), (CHAMPION, right(90)), (candidate(), right(99))) for _ in "ab")
    assert first.to_json() == second.to_json()
    assert Evaluation.from_json(first.to_json()) == first
    decision = decide(first, GateSettings())
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision


TOLD: dict[str, Any] = {
    "kind": "label",
    "metric": "macro_f1",
    "settings": FAST,
    "dimensions": {"half": ["a", ""] * 200},
}


def test_examples_side_by_side_are_counted_chosen_evenly_short_and_stable() -> None:
    base, better = rows_of(LABELS, right(200)), rows_of(LABELS, right(300, start=3))
    champion = rows_of(LABELS, right(303))
    compared: dict[Any, Any] = {"base": base, "champion": champion}
    found = side_by_side(LABELS, ("abc", better), compared, **TOLD, per_outcome=8)
    assert found.metric == "accuracy"
    assert found.counts["base"] == {"loss": 3, "both_right": 197, "win": 103, "both_wrong": 97}
    assert found.counts["champion"] == {"loss": 3, "both_right": 300, "both_wrong": 97}
    against_base = Counter(one.outcomes["base"] for one in found.examples)
    assert (against_base["win"], against_base["loss"], against_base["both_wrong"]) == (8, 3, 8)
    assert len({one.reference for one in found.examples if one.outcomes["base"] == "win"}) == 5
    assert all(len(one.prompt) == 400 for one in found.examples)
    assert {one.slices[0] for one in found.examples if one.slices} == {"half=a"}
    lost = next(one for one in found.examples if one.outcomes["base"] == "loss")
    assert lost.answers["base"] == lost.answers["champion"] == lost.reference != lost.answers["candidate"]
    assert lost.scores == {"base": 1.0, "champion": 1.0, "candidate": 0.0}
    turned: dict[Any, Any] = {"base": base[::-1], "champion": champion[::-1]}
    assert found == side_by_side(LABELS, ("abc", better[::-1]), turned, **TOLD, per_outcome=8)
    silent = side_by_side(LABELS, ("abc", rows_of(LABELS, [None] * 400)), {"base": base}, **TOLD, per_outcome=1)
    assert silent.examples[0].answers["candidate"] == "[no answer: 503 UNAVAILABLE: busy]"


KINDS = {
    "label": ["a", "b"] * 10,
    "structured": ['{"a": "x"}', '{"a": "y"}'] * 10,
    "function_call": ['{"name": "f", "args": {}}', '{"name": "g", "args": {}}'] * 10,
    "text": [f"some longer text {number}" for number in range(20)],
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_gate_knows_every_metric_that_is_computed(kind: str) -> None:
    examples = examples_of(KINDS[kind])
    given = rows_of(examples, [*(one.reference for one in examples[:-1]), None])
    evaluation = evaluate(examples, [(BASE, given), (candidate(), given)], FAST, confidence=0.95, dataset_sha256="ab")
    assert evaluation.task_kind == kind
    compared = {one.metric for one in evaluation.comparisons}
    assert compared == set(evaluation.systems[0].metrics)
    assert {name for name in compared if not name.startswith(NAMED_METRICS)} <= set(KNOWN_METRICS)
