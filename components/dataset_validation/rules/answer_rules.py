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
    Rule(
        code="DATA-LABEL-UNSEEN",
        severity="warning",
        explanation="A label that no training example has cannot be learned.",
        example="the test file has the label refund_status, the training file never",
        remedy="split the data anew with `retune split`, or correct the label",
        strict="error",
    ),
    Rule(
        code="DATA-LABEL-SPELLING",
        severity="warning",
        explanation="Two spellings of one label are two labels, and each counts as wrong for the other.",
        example="Refund beside refund",
        remedy="write the label in one way",
        strict="error",
    ),
    Rule(
        code="DATA-LABEL-BALANCE",
        severity="warning",
        explanation="With one label on nearly all examples, a model that always answers it looks good.",
        example="95 % of the answers are other",
        remedy="add examples of the other labels, or judge by macro F1",
        lenient="off",
    ),
    Rule(
        code="DATA-SYSTEM-MIXED",
        severity="warning",
        explanation="A model should be tested with the system instruction that it was tuned with.",
        example="the training file has a system instruction, the test file has none",
        remedy="write the same system instruction in all files",
    ),
)
