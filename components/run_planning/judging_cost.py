"""What the judges of an evaluation, and its metrics that are prompts, will cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.dataset_validation.snapshot import SplitFacts
from components.run_planning.candidate import Candidate
from components.run_planning.costs import answers_cost
from components.run_planning.plan import EvaluationCost
from components.run_planning.run_configuration import RunConfiguration

OUTPUT_TOKENS = 60
"""What a verdict with one sentence is about."""
CHARACTERS_PER_TOKEN = 4
ORDERS = 2


def judging_costs(
    wanted: RunConfiguration, test: SplitFacts, candidates: list[Candidate], *, has_champion: bool
) -> list[EvaluationCost]:
    """What each judge of `evaluation.judges` and each prompt of `evaluation.own_metrics` is asked and costs.

    A pointwise judge, and a metric that is a prompt, sees every answer of every model. A pairwise judge sees each
    candidate beside its base model, and beside the champion where one serves, in both orders; equal answers cost
    nothing, which is not known in advance. Prices are known of judges that are also the base model of a candidate;
    others count as 0 and show no price.

    Args:
        wanted: The configuration.
        test: The test file: its tokens are prompts and wanted answers together, and answers are taken to be as long.
        candidates: Of the plan.
        has_champion: Whether one serves.
    """
    found = []
    rows = min(test.rows, wanted.most_test_rows or test.rows)
    bases, pairs = len({one.base_model for one in candidates}), len(candidates) * (1 + has_champion)
    # The configuration holds what its author wrote; the rest is as in the settings of judges and metrics.
    for who, asked in _asked(wanted.rules["evaluation"]).items():
        pairwise = asked.get("kind", "pairwise") == "pairwise"
        facts = wanted.catalogue.get(asked.get("model", "gemini-2.5-flash"))
        questions = rows * (ORDERS * pairs if pairwise else bases + has_champion + len(candidates))
        shown = test.tokens / max(1, test.rows) * (1.5 if pairwise else 1)
        times = questions * asked.get("samples", 2)
        prompts = round(times * (shown + len(asked["rubric"]) / CHARACTERS_PER_TOKEN))
        prices = facts.prices if facts else None
        found.append(answers_cost(who, questions, prompts, times * OUTPUT_TOKENS, prices))
    return found


def _asked(evaluation: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Judges, and own metrics that are prompts as pointwise judges that are asked once."""
    found = {f"judge {name}": judge for name, judge in evaluation.get("judges", {}).items()}
    for name, own in evaluation.get("own_metrics", {}).items():
        if own.get("prompt"):
            found[f"own metric {name}"] = own | {"kind": "pointwise", "samples": 1, "rubric": own["prompt"]}
    return found
