"""Rules about personal data and secrets in texts."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

PERSONAL_DATA_RULES: tuple[Rule, ...] = ()
