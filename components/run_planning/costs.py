"""What a run costs: tuning per candidate, answers per model, and whether the budget has room for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from components.base_models.facts import BaseModelFacts, Prices
from components.errors import configuration_error
from components.run_planning.candidate import Candidate
from components.run_planning.plan import CandidateCost, EvaluationCost
from components.run_planning.settings import TuningSettings
from components.run_planning.token_count import TokenCount

MOST_CHECKPOINTS = 10
"""Up to ten epochs leave a checkpoint each, more of them ten (the service's page on checkpoints)."""


def tuning_costs(
    candidates: Sequence[Candidate],
    tokens: Mapping[str, TokenCount],
    catalogue: Mapping[str, BaseModelFacts],
    existing_job: Callable[[str], str],
) -> list[CandidateCost]:
    """Tuning cost per candidate: tokens of the training file × epochs × price.

    The formula is the documented one (supervised tuning, pricing). Validation tokens are not in it.

    Args:
        candidates: What to tune.
        tokens: Tokens of the training file by base model.
        catalogue: Facts by base model.
        existing_job: Resource name of a usable job with that fingerprint, or empty text.
    """
    costs = []
    for candidate in candidates:
        count, job = tokens[candidate.base_model], existing_job(candidate.fingerprint)
        price = 0.0 if job else catalogue[candidate.base_model].prices.training
        usd, low, high = (
            None if price is None else number * candidate.epochs * price / 1e6
            for number in (count.tokens, count.low, count.high)
        )
        costs.append(CandidateCost(candidate.fingerprint, count.tokens * candidate.epochs, usd, job, low, high))
    return costs


def check_prices(candidates: Sequence[Candidate], costs: Sequence[CandidateCost]) -> None:
    """Refuse a candidate that would have to be paid for at a price that nobody knows.

    Raises:
        RetuneError: `BUDGET-PRICE-UNKNOWN`.
    """
    for candidate, cost in zip(candidates, costs, strict=True):
        if cost.usd is None:
            raise configuration_error(
                "BUDGET-PRICE-UNKNOWN",
                f"no training price is known for {candidate.base_model}, so the budget cannot be checked",
                "set that price in the configuration, in US dollars per million tokens",
                f"base_models.{candidate.base_model}.prices.training",
            )


def answers_cost(who: str, rows: int, prompt_tokens: int, answer_tokens: int, prices: Prices | None) -> EvaluationCost:
    """What it costs to ask one model the test set once; unknown where a price is."""
    usd = None
    if prices is not None and prices.input is not None and prices.output is not None:
        usd = (prompt_tokens * prices.input + answer_tokens * prices.output) / 1e6
    return EvaluationCost(who, rows, prompt_tokens, answer_tokens, usd)


def checkpoints_of(candidate: Candidate) -> int:
    """Checkpoints that a candidate's job leaves, each of which the service evaluates when it is asked to."""
    return 1 if candidate.export_last_checkpoint_only else min(candidate.epochs, MOST_CHECKPOINTS)


def check_budget(
    costs: Sequence[CandidateCost], evaluation: Sequence[EvaluationCost], settings: TuningSettings
) -> None:
    """Refuse a run that can cost more than the budget: what counts is the upper end of the estimate.

    Raises:
        RetuneError: `BUDGET-EXCEEDED`.
    """
    tuning, most = sum(cost.usd or 0.0 for cost in costs), sum(cost.usd_high or 0.0 for cost in costs)
    answers = sum(cost.usd or 0.0 for cost in evaluation)
    if most + answers > settings.budget_usd:
        raise configuration_error(
            "BUDGET-EXCEEDED",
            f"the run would cost about ${tuning + answers:.2f}, at most ${most + answers:.2f}: tuning ${tuning:.2f} to "
            f"${most:.2f}, answers ${answers:.2f}; the budget is ${settings.budget_usd:.2f}",
            "raise tuning.budget_usd, or use fewer epochs, candidates or examples",
            "tuning.budget_usd",
        )
