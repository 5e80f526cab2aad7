"""What a rule of the catalogue is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "off"]


@dataclass(frozen=True)
class Rule:
    """One thing that is checked.

    Attributes:
        code: Stable identifier; configuration, reports and documentation refer to it.
        severity: What a finding counts as unless the settings say otherwise.
        explanation: One sentence that says what the rule demands and why.
        example: What breaks it.
        remedy: What to do about a finding.
    """

    code: str
    severity: Severity
    explanation: str
    example: str
    remedy: str
