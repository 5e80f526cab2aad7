"""How the report calls the systems, and in which colour it shows them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from components.evaluation.evaluation import SystemResult
from components.evaluation.plots.specification import CANDIDATE_TONES


@dataclass(frozen=True)
class ShownSystem:
    """A system as the report shows it.

    Attributes:
        number: Its place in the evaluation.
        key: A name that fits beside a plot: `Base`, `Champion`, `Candidate 2`.
        tone: Its colour, a class of the page.
        result: What it did.
    """

    number: int
    key: str
    tone: str
    result: SystemResult

    @property
    def colour(self) -> str:
        """The colour in a plot: that of the page, by day and by night."""
        return f"var(--{self.tone})"


def shown_systems(results: Sequence[SystemResult]) -> list[ShownSystem]:
    """The systems in their order; those of a role are numbered when there are several."""
    roles = [one.system.role for one in results]
    numbers = {role: itertools.count(1) for role in set(roles)}
    shown = []
    for place, (role, result) in enumerate(zip(roles, results, strict=True)):
        number = next(numbers[role])
        several = roles.count(role) > 1 or role == "candidate"
        key = f"{role.capitalize()} {number}" if several else role.capitalize()
        tone = f"candidate-{(number - 1) % CANDIDATE_TONES + 1}" if role == "candidate" else role
        shown.append(ShownSystem(place, key, tone, result))
    return shown
