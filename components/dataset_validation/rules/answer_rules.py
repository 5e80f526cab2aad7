"""Rules about answers, system instructions, languages, lengths and ages."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

ANSWER_RULES: tuple[Rule, ...] = (
    Rule(
        code="DATA-TEST-ANSWER",
        severity="error",
        explanation="The evaluation compares texts, so the answer of a test example needs one.",
        example="a test example whose last turn is a functionCall only",
        remedy="take the example out of the test file, or let the answer be a text",
    ),
)
