"""The catalogue of everything that dataset validation checks.

A rule that Google does not document is a warning unless Retune itself cannot work without it; `README.md` lists the
sources.
"""

from __future__ import annotations

from components.dataset_validation.dataset_rules import DATASET_RULES
from components.dataset_validation.file_rules import FILE_RULES
from components.dataset_validation.line_rules import LINE_RULES
from components.dataset_validation.rule import Rule, Severity
from components.dataset_validation.shape_rules import SHAPE_RULES

__all__ = ["RULES", "Rule", "Severity"]

RULES: dict[str, Rule] = {rule.code: rule for rule in (*FILE_RULES, *LINE_RULES, *SHAPE_RULES, *DATASET_RULES)}
"""Every rule by its code, in the order in which things are checked."""
