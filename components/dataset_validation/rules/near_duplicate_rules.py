"""Rules about examples that are nearly the same."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

NEAR_DUPLICATE_RULES: tuple[Rule, ...] = (
    Rule(
        code="DATA-NEAR-DUPLICATE",
        severity="warning",
        explanation="Examples that differ in a few words only count, and are paid, nearly twice.",
        example="two tickets that differ in the order number only",
        remedy="keep one of them with `retune dedupe --near`, unless the weight is meant",
    ),
    Rule(
        code="DATA-NEAR-CONFLICT",
        severity="warning",
        explanation="Nearly the same prompt with another answer is a hard case or a wrong label.",
        example="one question asked in two ways, with two labels",
        remedy="look at both and decide; `retune suspects` ranks wrong labels",
    ),
    Rule(
        code="DATA-NEAR-LEAK",
        severity="warning",
        explanation="A test prompt that is nearly given to the tuning job measures memory more than skill.",
        example="a test question that differs from a training question in one word",
        remedy="split the data anew with `retune split`, which keeps near duplicates on one side",
        strict="error",
    ),
    Rule(
        code="DATA-NEAR-LEAK-VALIDATION",
        severity="warning",
        explanation="A validation prompt that is nearly a training prompt makes the validation loss look too good.",
        example="a validation question that differs from a training question in one word",
        remedy="split the data anew with `retune split`, which keeps near duplicates on one side",
        lenient="off",
    ),
)
