"""Decides whether a run tunes, reuses what is there, or refuses, before anything is paid for."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping

from components.base_models.facts import BaseModelFacts
from components.dataset_validation.snapshot import Snapshot
from components.errors import configuration_error
from components.gcp.ledger import Champion
from components.run_planning.candidate import Candidate, fingerprint
from components.run_planning.plan import CandidateCost
from components.run_planning.settings import CandidateSettings, TuningSettings

RETIREMENT_WARNING_DAYS = 60


def make_candidates(snapshot_sha256: str, settings: TuningSettings) -> list[Candidate]:
    """The configured candidates with their fingerprints, in the order of the configuration."""
    return [_candidate(snapshot_sha256, wanted) for wanted in settings.candidates]


def check_base_models(
    settings: TuningSettings, catalogue: Mapping[str, BaseModelFacts], location: str, today: datetime.date
) -> list[str]:
    """Warnings about the base models; refuses what the service would refuse, before anything is sent.

    Raises:
        RetuneError: `MODEL-RETIRED`, `MODEL-REGION`.
    """
    warnings = []
    for number, wanted in enumerate(settings.candidates):
        name, facts, where = wanted.base_model, catalogue[wanted.base_model], f"tuning.candidates[{number}].base_model"
        if facts.retired and facts.retired <= today:
            offered = ", ".join(other for other, known in catalogue.items() if not known.retired)
            raise configuration_error(
                "MODEL-RETIRED", f"{name} was switched off on {facts.retired}", f"choose one of {offered}", where
            )
        if facts.tuning_regions and location not in facts.tuning_regions:
            regions = ", ".join(facts.tuning_regions)
            raise configuration_error(
                "MODEL-REGION", f"{name} is not tuned in {location}", f"set cloud.location to one of {regions}", where
            )
        retirement = facts.earliest_retirement
        if retirement and (retirement - today).days < RETIREMENT_WARNING_DAYS:
            when = "may be switched off any day since" if retirement <= today else "may be switched off from"
            warnings.append(f"{name} {when} {retirement}; plan the move to a successor")
    return sorted(set(warnings))


def estimate_costs(
    snapshot: Snapshot,
    candidates: list[Candidate],
    catalogue: Mapping[str, BaseModelFacts],
    existing_job: Callable[[str], str],
) -> list[CandidateCost]:
    """Training cost per candidate: tokens of the training file × epochs × price.

    The formula is the documented one (supervised tuning, pricing); tokens are the validator's estimate.

    Args:
        snapshot: The validated dataset.
        candidates: What to tune.
        catalogue: Facts by base model.
        existing_job: Resource name of a usable job with that fingerprint, or empty text.

    Raises:
        RetuneError: `BUDGET-PRICE-UNKNOWN`, no price is known for a base model that would have to be paid for.
    """
    costs = []
    for candidate in candidates:
        tokens = snapshot.splits["train"].tokens * candidate.epochs
        job = existing_job(candidate.fingerprint)
        price = 0.0 if job else catalogue[candidate.base_model].prices.training
        if price is None:
            raise configuration_error(
                "BUDGET-PRICE-UNKNOWN",
                f"no training price is known for {candidate.base_model}, so the budget cannot be checked",
                "set that price in the configuration, in US dollars per million tokens",
                f"base_models.{candidate.base_model}.prices.training",
            )
        costs.append(CandidateCost(candidate.fingerprint, tokens, tokens * price / 1e6, job))
    return costs


def check_budget(costs: list[CandidateCost], settings: TuningSettings, judging_usd: float = 0.0) -> float:
    """The sum of the training costs in US dollars.

    Args:
        costs: Of the candidates.
        settings: The budget.
        judging_usd: What judges will cost, which counts on the budget too.

    Raises:
        RetuneError: `BUDGET-EXCEEDED`.
    """
    total = sum(cost.usd for cost in costs)
    if total + judging_usd > settings.budget_usd:
        judging = f" and judging about ${judging_usd:.2f}" if judging_usd else ""
        raise configuration_error(
            "BUDGET-EXCEEDED",
            f"tuning would cost about ${total:.2f}{judging}, the budget is ${settings.budget_usd:.2f}",
            "raise tuning.budget_usd, or use fewer epochs, candidates or examples",
            "tuning.budget_usd",
        )
    return total


def evaluation_cost(
    snapshot: Snapshot, candidates: list[Candidate], catalogue: Mapping[str, BaseModelFacts], has_champion: bool
) -> float:
    """Estimate in US dollars of asking every model the whole test set; unknown prices count as 0.

    The test file's tokens are prompts and wanted answers together, priced as input, plus the same rows' answers at
    the output price under the assumption that answers are a tenth of the tokens.
    """
    tokens = snapshot.splits["test"].tokens
    total = 0.0
    for base_model in {candidate.base_model for candidate in candidates}:
        prices = catalogue[base_model].prices
        systems = 1 + sum(candidate.base_model == base_model for candidate in candidates)
        total += systems * tokens * ((prices.input or 0.0) + 0.1 * (prices.output or 0.0)) / 1e6
    if has_champion:
        prices = catalogue[candidates[0].base_model].prices
        total += tokens * ((prices.input or 0.0) + 0.1 * (prices.output or 0.0)) / 1e6
    return total


def decide_plan(key: str, champion: Champion | None, outcome: dict[str, object] | None, force: bool) -> tuple[str, str]:
    """`tune` or `skip`, with the reason.

    Args:
        key: The plan's key.
        champion: What serves now.
        outcome: What the same plan led to last time.
        force: True evaluates again; even then no job is paid for twice.
    """
    if force:
        return "tune", "forced: existing tuning jobs are reused, the evaluation is made again"
    if champion and champion.plan_key == key:
        origin = f"release {champion.release}, run {champion.run_id}"
        return "skip", f"this data, models and rules already produced the champion ({origin})"
    if outcome and outcome.get("champion_model", "") == (champion.model if champion else ""):
        return (
            "skip",
            f"the same plan against the same champion ended with `{outcome['verdict']}` in run {outcome['run_id']}",
        )
    return "tune", "no earlier run answered the same question"


def _candidate(snapshot_sha256: str, wanted: CandidateSettings) -> Candidate:
    fields = (wanted.base_model, wanted.epochs, wanted.learning_rate_multiplier, wanted.adapter_size)
    return Candidate(*fields, fingerprint=fingerprint(snapshot_sha256, *fields))
