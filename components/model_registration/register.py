"""Marks the winning version in the model registry before anything serves it."""

from __future__ import annotations

import msgspec

from components.evaluation.gate import Decision
from components.gcp.model_registry import ModelRegistry
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel

CANDIDATE_ALIAS = "candidate"


class Registration(msgspec.Struct, frozen=True):
    """The registered winner.

    Attributes:
        model: Registry name with version.
        fingerprint: Fingerprint of its tuning job.
        aliases: Its aliases after registration.
    """

    model: str
    fingerprint: str
    aliases: list[str]


def register_winner(step: Step, decision_uri: str) -> Registration:
    """Give the winning version the alias `candidate` and labels that lead back to the run.

    Tuning has already put the version into the registry (a succeeded job has a model and an endpoint), so
    registration marks it and never uploads.
    """
    decision = msgspec.json.decode(step.storage.read(decision_uri), type=Decision)
    tuned = read_winner(step, str(decision.winner))
    registry = ModelRegistry(step.cloud)
    labels = {"retune-name": step.name[:63], "retune-run": step.run_id[:63], "retune-verdict": decision.verdict}
    registry.set_labels(tuned.model, labels)
    registry.set_alias(tuned.model, CANDIDATE_ALIAS)
    return Registration(tuned.model, tuned.candidate.fingerprint, registry.aliases(tuned.model))


def read_winner(step: Step, fingerprint: str) -> TunedModel:
    """The tuned model of a fingerprint, as this run's tuning task stored it."""
    uri = step.ledger.run_uri(step.run_id, f"tuned/{fingerprint}.json")
    return msgspec.json.decode(step.storage.read(uri), type=TunedModel)
