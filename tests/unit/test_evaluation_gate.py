from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from components.errors import RetuneError
from components.evaluation.checks import holm_passing
from components.evaluation.disagreements import find_disagreements
from components.evaluation.evaluate import EvaluationSettings, evaluate
from components.evaluation.evaluation import Evaluation, System
from components.evaluation.gate import Decision, decide
from components.evaluation.gate_settings import FIELD_METRIC, ROW_METRICS, ChampionRule, GateSettings
from components.evaluation.metrics import score_rows
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row

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
        assert decision.checks == []
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


def test_without_a_difference_promotion_stays_rare() -> None:
    rng = np.random.default_rng(21)
    promoted = 0
    for _ in range(300):
        skill = rng.choice([0.1, 0.5, 0.9], size=400)
        given: list[list[str | None]] = [
            [one.reference if hit else "wrong" for one, hit in zip(LABELS, rng.random(400) < skill, strict=True)]
            for _ in range(2)
        ]
        promoted += decide(judged((BASE, given[0]), (candidate(), given[1])), GateSettings()).verdict == "promote"
    assert promoted / 300 <= 0.05


def test_disagreements_are_balanced_short_and_stable() -> None:
    base, better = rows_of(LABELS, right(200)), rows_of(LABELS, right(300, start=3))
    found = find_disagreements(LABELS, base, better, kind="label", metric="exact_match")
    assert [one.outcome for one in found] == ["win"] * 9 + ["loss"] * 3
    assert all(len(one.prompt) == 400 for one in found)
    assert found[-1].base_answer == found[-1].reference
    assert found == find_disagreements(LABELS, base[::-1], better[::-1], kind="label", metric="exact_match")
    even = find_disagreements(LABELS, base, rows_of(LABELS, right(200, start=100)), kind="label", metric="exact_match")
    assert [one.outcome for one in even] == ["win"] * 6 + ["loss"] * 6
    silent = rows_of(LABELS, [None] * 400)
    lost = find_disagreements(LABELS, base, silent, kind="label", metric="exact_match", limit=4)
    assert [one.candidate_answer for one in lost] == ["[no answer: 503 UNAVAILABLE: busy]"] * 4


def test_the_gate_knows_every_metric_that_rows_are_scored_by() -> None:
    scored: set[str] = set()
    for kind, reference in (("label", "a"), ("structured", '{"a": 1}'), ("text", "some longer text")):
        scored |= set(score_rows(kind, [reference, reference], [reference, None]))  # type: ignore[arg-type]
    assert {name for name in scored if not name.startswith(FIELD_METRIC)} == set(ROW_METRICS)
