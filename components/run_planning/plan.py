"""The plan of a run: what will be tuned, what is there already, what it costs."""

from __future__ import annotations

import hashlib

import msgspec

from components.run_planning.candidate import Candidate
from components.run_planning.duration import Duration
from components.run_planning.token_count import TokenCount


class CandidateCost(msgspec.Struct, frozen=True):
    """Estimated cost of tuning one candidate.

    Attributes:
        fingerprint: The candidate's fingerprint.
        tokens: Training tokens times epochs.
        usd: Estimate in US dollars; 0 when a job with this fingerprint is there already; None when no price is known.
        existing_job: Resource name of that job, else empty.
        usd_low: Lower end of the estimate.
        usd_high: Upper end of the estimate, which the budget is held against.
        duration: How long the job takes; None when there is no earlier job to go by, or nothing to tune.
    """

    fingerprint: str
    tokens: int
    usd: float | None
    existing_job: str
    usd_low: float | None = None
    usd_high: float | None = None
    duration: Duration | None = None


class EvaluationCost(msgspec.Struct, frozen=True):
    """Estimated cost of answers that the run pays for; answers of earlier runs are not paid for again.

    Attributes:
        who: What answers: `base …`, `champion`, a candidate, or the checkpoints of one.
        answers: Number of answers.
        prompt_tokens: Tokens of all prompts.
        answer_tokens: Tokens of all answers, as long as the wanted ones.
        usd: Estimate in US dollars; None when no price is known, and then it counts as 0.
    """

    who: str
    answers: int
    prompt_tokens: int
    answer_tokens: int
    usd: float | None


class Plan(msgspec.Struct, frozen=True):
    """What a run will do.

    Attributes:
        decision: `tune` or `skip`.
        reason: Why, in one sentence.
        plan_key: SHA-256 (hex) over everything that decides the outcome: snapshot, candidates, evaluation and gate.
        candidates: In the order of the configuration.
        costs: One per candidate, in the same order.
        tuning_usd: Sum of the costs of tuning, US dollars; what has no price counts as 0.
        evaluation_usd: Sum of the costs of answers, in the same way.
        warnings: What the reader should know, for example a base model near its retirement.
        tuning_usd_high: Upper end of the estimate of tuning.
        budget_usd: The budget.
        evaluation: Costs of answers, one line for each model.
        tokens: Tokens of the training file by base model.
        train_uri: Address of the training file in the snapshot.
        new_examples: Training examples that the last successful run did not have; None when there was none.
    """

    decision: str
    reason: str
    plan_key: str
    candidates: list[Candidate]
    costs: list[CandidateCost]
    tuning_usd: float
    evaluation_usd: float
    warnings: list[str]
    tuning_usd_high: float = 0.0
    budget_usd: float = 0.0
    evaluation: list[EvaluationCost] = []
    tokens: dict[str, TokenCount] = {}
    train_uri: str = ""
    new_examples: int | None = None


def plan_key(snapshot_sha256: str, fingerprints: list[str], rules: dict[str, object]) -> str:
    """Identity of a plan: equal keys lead to the same comparison under the same rules.

    Args:
        snapshot_sha256: Digest of the snapshot, test set included.
        fingerprints: Of all candidates, in any order.
        rules: The `evaluation` and `gate` sections.
    """
    identity = msgspec.json.encode([snapshot_sha256, sorted(fingerprints), rules], order="sorted")
    return hashlib.sha256(identity).hexdigest()
