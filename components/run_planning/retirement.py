"""Base models that Google is about to switch off, or may have switched off."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from components.base_models.alternatives import alternatives
from components.base_models.facts import BaseModelFacts
from components.errors import configuration_error
from components.run_planning.settings import TuningSettings


def check_retirement(
    settings: TuningSettings, catalogue: Mapping[str, BaseModelFacts], today: datetime.date
) -> list[str]:
    """Warnings about base models near their retirement; a model past it is refused.

    A tuned model goes with its base model (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions),
    so one that is tuned on the last days is money lost. Past the day nobody promises that the model is there. Google
    may put it off, which the configuration can say.

    Raises:
        RetuneError: `MODEL-RETIRED`.
    """
    warnings = []
    for name in dict.fromkeys(wanted.base_model for wanted in settings.candidates):
        day, left = catalogue[name].earliest_retirement, days_left(catalogue[name], today)
        if left is None:
            continue
        if left <= 0:
            offered = alternatives(catalogue, lambda facts: _is_offered(facts, today))
            raise configuration_error(
                "MODEL-RETIRED",
                f"{name} may have been switched off since {day}",
                f"choose {offered}; or, if Google has put it off, set base_models.{name}.earliest_retirement",
                f"base_models.{name}.earliest_retirement",
            )
        if left <= settings.retirement_warning_days:
            warnings.append(f"{name} may be switched off from {day}, in {left} days, and models tuned from it too")
    return warnings


def days_left(facts: BaseModelFacts, today: datetime.date) -> int | None:
    """Days until the base model may be switched off, 0 or less from that day on; None where no day is known."""
    return (facts.earliest_retirement - today).days if facts.earliest_retirement else None


def _is_offered(facts: BaseModelFacts, today: datetime.date) -> bool:
    left = days_left(facts, today)
    return left is None or left > 0
