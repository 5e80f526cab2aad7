"""Rules about tools and function calls."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

FUNCTION_RULES: tuple[Rule, ...] = ()
