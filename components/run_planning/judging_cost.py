"""What the judges of an evaluation will cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.base_models.facts import BaseModelFacts
from components.dataset_validation.snapshot import SplitFacts

OUTPUT_TOKENS = 60
"""What a verdict with one sentence is about."""
CHARACTERS_PER_TOKEN = 4
ORDERS = 2


def judging_cost(
    judges: Mapping[str, Mapping[str, Any]],
    test: SplitFacts,
    catalogue: Mapping[str, BaseModelFacts],
    *,
    candidates: int,
    bases: int,
    has_champion: bool,
) -> float:
    """Estimate in US dollars; unknown prices count as 0.

    A pointwise judge sees every answer of every model. A pairwise judge sees each candidate beside its base model, and
    beside the champion where one serves, in both orders; equal answers cost nothing, which is not known in advance.

    Args:
        judges: `evaluation.judges` of the configuration.
        test: The test file: its tokens are prompts and wanted answers together, and answers are taken to be as long.
        catalogue: Facts by base model.
        candidates: How many.
        bases: Base models that they come from.
        has_champion: Whether one serves.
    """
    total = 0.0
    for judge in judges.values():
        if judge["model"] not in catalogue:
            continue
        prices = catalogue[judge["model"]].prices
        pairwise = judge["kind"] == "pairwise"
        pairs = candidates * (1 + has_champion)
        questions = test.rows * (ORDERS * pairs if pairwise else bases + has_champion + candidates)
        tokens = (
            test.tokens / max(1, test.rows) * (1.5 if pairwise else 1) + len(judge["rubric"]) / CHARACTERS_PER_TOKEN
        )
        each = tokens * (prices.input or 0.0) + OUTPUT_TOKENS * (prices.output or 0.0)
        total += questions * judge["samples"] * each / 1e6
    return total
