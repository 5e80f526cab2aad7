"""The base models that a refusal names instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from components.base_models.facts import BaseModelFacts

_MOST_NAMED = 6


def alternatives(
    catalogue: Mapping[str, BaseModelFacts], suits: Callable[[BaseModelFacts], bool] = lambda facts: True
) -> str:
    """The base models on offer that suit, as the end of a sentence that begins with "choose"."""
    names = [name for name, facts in catalogue.items() if not facts.retired and suits(facts)]
    if not names:
        return "another base model (`retune models` shows them)"
    more = " … (`retune models` shows all)" if len(names) > _MOST_NAMED else ""
    return f"one of {', '.join(names[:_MOST_NAMED])}{more}"
