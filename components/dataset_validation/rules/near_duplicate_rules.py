"""Rules about examples that are nearly the same."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

NEAR_DUPLICATE_RULES: tuple[Rule, ...] = ()
