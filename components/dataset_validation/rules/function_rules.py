"""Rules about tools and function calls."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

FUNCTION_RULES: tuple[Rule, ...] = (
    Rule(
        code="DATA-FUNCTION-DECLARATION",
        severity="warning",
        explanation="A function is declared once, with parameters that are a valid schema.",
        example='{"name": "find", "parameters": {"type": "TEXT"}}',
        remedy="correct the declaration",
        strict="error",
    ),
    Rule(
        code="DATA-FUNCTION-CALL",
        severity="warning",
        explanation="The model can only call functions that its tools declare.",
        example="a functionCall of findOrder where tools declare find_order",
        remedy="declare the function under tools, or correct the name",
        strict="error",
    ),
    Rule(
        code="DATA-FUNCTION-ARGS",
        severity="warning",
        explanation="A call's arguments must be what the declaration asks for; the model learns what it is shown.",
        example='args {"id": "12"} where the declaration says INTEGER',
        remedy="correct the arguments or the declaration",
        strict="error",
    ),
    Rule(
        code="DATA-FUNCTION-RESPONSE",
        severity="warning",
        explanation="A function response answers a call of the model turn before it.",
        example="a functionResponse of find_order after a call of find_customer",
        remedy="correct the name, or add the call",
        strict="error",
    ),
)
