"""What a run leaves for the next plan: an answer to its question, unless something was missing to answer it."""

from __future__ import annotations

import pytest

from components.evaluation.checks import Check
from components.evaluation.gate import Decision
from components.outcome_recording.record_outcome import keep_outcome
from components.run_planning.plan import Plan
from components.step import Step

PLAN = Plan("tune", "new", "key-1", [], [], 0.0, 0.0, [], train_uri="gs://b/train.jsonl")


@pytest.mark.parametrize(("rule", "asked_again"), [("ratings", True), ("coverage", True), ("rows", False)])
def test_a_run_that_lacked_answers_or_ratings_does_not_stand_for_the_next(
    step: Step, rule: str, asked_again: bool
) -> None:
    lacking = Check("", rule, "", 0.0, 0.0, 0.0, 1.0, "undecided", "Something is missing.")
    plan_uri = step.ledger.write_run(step.run_id, "plan.json", PLAN)
    step.ledger.write_run(step.run_id, "decision.json", Decision("inconclusive", None, ["…"], [lacking]))
    assert keep_outcome(step, "manual", plan_uri).verdict == "inconclusive"
    assert (step.ledger.read_outcome("key-1") is None) == asked_again
    assert (step.ledger.last_success() is None) == asked_again
