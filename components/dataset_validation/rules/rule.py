"""What a rule of the catalogue is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "off"]
Profile = Literal["default", "strict", "lenient"]


@dataclass(frozen=True)
class Rule:
    """One thing that is checked.

    Attributes:
        code: Stable identifier; configuration, reports and documentation refer to it.
        severity: What a finding counts as in the profile `default`, unless the settings say otherwise.
        explanation: One sentence that says what the rule demands and why.
        example: What breaks it.
        remedy: What to do about a finding.
        strict: What it counts as in the profile `strict`, for teams that want to hear everything; None for `severity`.
        lenient: What it counts as in the profile `lenient`, for a first look at a dataset; None for `severity`.
    """

    code: str
    severity: Severity
    explanation: str
    example: str
    remedy: str
    strict: Severity | None = None
    lenient: Severity | None = None

    def severity_in(self, profile: Profile) -> Severity:
        """What a finding counts as in a profile."""
        chosen = {"default": None, "strict": self.strict, "lenient": self.lenient}[profile]
        return chosen or self.severity
