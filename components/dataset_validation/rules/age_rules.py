"""Rules about the dates of examples."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

AGE_RULES: tuple[Rule, ...] = (
    Rule(
        code="DATA-STALE",
        severity="warning",
        explanation="An example that is much older than the newest one may teach what is no longer so.",
        example="a ticket of 2019 among tickets of 2026",
        remedy="check it, then keep it, take it out, or raise validation.ages.max_days",
        lenient="off",
    ),
    Rule(
        code="DATA-DATE-MISSING",
        severity="warning",
        explanation="Without a readable date in the mapped field nobody can tell how old the example is.",
        example='the field is created, and the prompt is {"created": "last week"}',
        remedy="write the date as YYYY-MM-DD (ISO 8601), or correct validation.ages.field",
        lenient="off",
    ),
    Rule(
        code="DATA-DATE-ORDER",
        severity="warning",
        explanation="A test set that is older than all training data tests the past, not what the model will meet.",
        example="training examples from 2026 and test examples from 2025",
        remedy="take the newest examples for the test file",
    ),
)
