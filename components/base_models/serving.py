"""Where base models answer."""

from __future__ import annotations

from components.base_models.facts import BaseModelFacts


def serving_location(facts: BaseModelFacts, location: str) -> str:
    """Where a base model is asked: 3.x models answer at the multi-regions `us` and `eu` only."""
    if facts.serving == "region":
        return location
    return "eu" if location.startswith("europe-") else "us"
