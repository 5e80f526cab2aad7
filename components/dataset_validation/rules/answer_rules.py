"""Rules about answers, system instructions, languages, lengths and ages."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

ANSWER_RULES: tuple[Rule, ...] = ()
