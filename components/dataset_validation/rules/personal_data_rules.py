"""Rules about personal data and secrets in texts."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

PERSONAL_DATA_RULES: tuple[Rule, ...] = (
    Rule(
        code="DATA-PERSONAL",
        severity="warning",
        explanation="A tuned model may repeat what it was tuned on, and who may call it is not who may see the data.",
        example="a customer's e-mail address, telephone number, payment card or IBAN in a ticket",
        remedy="replace it by a placeholder such as [EMAIL]; what is public goes to validation.personal_data.allowed",
        strict="error",
    ),
    Rule(
        code="DATA-SECRET",
        severity="warning",
        explanation="A key in an example is known to all who read the data, and the tuned model may say it.",
        example="a private key, a service's API key or `password = ...` in a transcript",
        remedy="revoke it, then replace it by a placeholder",
        strict="error",
    ),
)
