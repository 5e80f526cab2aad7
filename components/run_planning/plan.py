"""The plan of a run: what will be tuned, what is there already, what it costs."""

from __future__ import annotations

import hashlib

import msgspec

from components.run_planning.candidate import Candidate


class CandidateCost(msgspec.Struct, frozen=True):
    """Estimated cost of tuning one candidate.

    Attributes:
        fingerprint: The candidate's fingerprint.
        tokens: Training tokens times epochs.
        usd: Estimate in US dollars; 0 when a job with this fingerprint is there already.
        existing_job: Resource name of that job, else empty.
    """

    fingerprint: str
    tokens: int
    usd: float
    existing_job: str


class Plan(msgspec.Struct, frozen=True):
    """What a run will do.

    Attributes:
        decision: `tune` or `skip`.
        reason: Why, in one sentence.
        plan_key: SHA-256 (hex) over everything that decides the outcome: snapshot, candidates, evaluation and gate.
        candidates: In the order of the configuration.
        costs: One per candidate, in the same order.
        tuning_usd: Sum of the costs.
        evaluation_usd: Estimate of asking base, champion and candidates the whole test set.
        warnings: What the reader should know, for example a base model near its retirement.
    """

    decision: str
    reason: str
    plan_key: str
    candidates: list[Candidate]
    costs: list[CandidateCost]
    tuning_usd: float
    evaluation_usd: float
    warnings: list[str]


def plan_key(snapshot_sha256: str, fingerprints: list[str], rules: dict[str, object]) -> str:
    """Identity of a plan: equal keys lead to the same comparison under the same rules.

    Args:
        snapshot_sha256: Digest of the snapshot, test set included.
        fingerprints: Of all candidates, in any order.
        rules: The `evaluation` and `gate` sections.
    """
    identity = msgspec.json.encode([snapshot_sha256, sorted(fingerprints), rules], order="sorted")
    return hashlib.sha256(identity).hexdigest()
