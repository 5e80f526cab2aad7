"""The catalogue of everything that dataset validation checks.

A rule that Google does not document is a warning unless Retune itself cannot work without it; `README.md` lists the
sources.
"""

from __future__ import annotations

from components.dataset_validation.rules.age_rules import AGE_RULES
from components.dataset_validation.rules.answer_rules import ANSWER_RULES
from components.dataset_validation.rules.dataset_rules import DATASET_RULES
from components.dataset_validation.rules.file_rules import FILE_RULES
from components.dataset_validation.rules.function_rules import FUNCTION_RULES
from components.dataset_validation.rules.line_rules import LINE_RULES
from components.dataset_validation.rules.media_rules import MEDIA_RULES
from components.dataset_validation.rules.near_duplicate_rules import NEAR_DUPLICATE_RULES
from components.dataset_validation.rules.personal_data_rules import PERSONAL_DATA_RULES
from components.dataset_validation.rules.rule import Profile, Rule, Severity
from components.dataset_validation.rules.shape_rules import SHAPE_RULES

__all__ = ["RULES", "Profile", "Rule", "Severity"]

RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in (
        *FILE_RULES,
        *LINE_RULES,
        *SHAPE_RULES,
        *FUNCTION_RULES,
        *DATASET_RULES,
        *ANSWER_RULES,
        *NEAR_DUPLICATE_RULES,
        *MEDIA_RULES,
        *PERSONAL_DATA_RULES,
        *AGE_RULES,
    )
}
"""Every rule by its code, in the order in which things are checked."""
