"""Marks the winning version in the model registry before anything serves it, with its evaluation and its card."""

from __future__ import annotations

import math

import msgspec

from components.dataset_validation.snapshot import Snapshot
from components.dataset_validation.validate import read_snapshot
from components.errors import RetuneError
from components.evaluation.bill import answer_costs, bill
from components.evaluation.evaluation import Evaluation
from components.evaluation.gate import Decision
from components.gcp.model_evaluations import ModelEvaluations
from components.gcp.model_registry import ModelRegistry
from components.line_labels import LINE_LABEL, use_label
from components.model_registration.model_card import CardFacts, render_card
from components.run_planning.plan import Plan
from components.step import Step
from components.supervised_tuning.failed_candidate import tuned_models
from components.supervised_tuning.tuned_model import TunedModel

CANDIDATE_ALIAS = "candidate"
SCHEMA = "general_text_generation_metrics_1.0.0.yaml"


class Registration(msgspec.Struct, frozen=True):
    """The registered winner.

    Attributes:
        model: Registry name with version.
        fingerprint: Fingerprint of its tuning job.
        aliases: Its aliases after registration.
        base_model: What it was tuned from.
        tuning_job: The job that it comes from.
        snapshot_uri: The data that it was tuned on.
        snapshot_sha256: Digest of that data.
        evaluation: Resource name of the evaluation in the registry; empty when the service refused it.
        card_uri: `gs://` address of the model card.
    """

    model: str
    fingerprint: str
    aliases: list[str]
    base_model: str
    tuning_job: str
    snapshot_uri: str
    snapshot_sha256: str
    evaluation: str
    card_uri: str


def register_winner(step: Step, decision_uri: str, snapshot_uri: str) -> Registration:
    """Give the winning version the alias `candidate`, labels that lead back to the run, its evaluation and its card.

    Tuning has already put the version into the registry (a succeeded job has a model and an endpoint), so
    registration marks it and never uploads. Run again, it finds what it did.
    """
    decision = msgspec.json.decode(step.storage.read(decision_uri), type=Decision)
    tuned = read_winner(step, str(decision.winner))
    snapshot = read_snapshot(step.storage, snapshot_uri)
    evaluation = Evaluation.from_json(step.storage.read(step.ledger.run_uri(step.run_id, "evaluation.json")))
    card_uri = _write_card(step, tuned, snapshot, evaluation, decision)
    registry = ModelRegistry(step.cloud)
    registry.set_labels(tuned.model, _labels(step, snapshot, decision))
    registry.set_alias(tuned.model, CANDIDATE_ALIAS)
    return Registration(
        model=tuned.model,
        fingerprint=tuned.candidate.fingerprint,
        aliases=registry.aliases(tuned.model),
        base_model=tuned.candidate.base_model,
        tuning_job=tuned.tuning_job,
        snapshot_uri=snapshot.uri,
        snapshot_sha256=snapshot.sha256,
        evaluation=_import_evaluation(step, tuned, evaluation),
        card_uri=card_uri,
    )


def read_winner(step: Step, fingerprint: str) -> TunedModel:
    """The tuned model of a fingerprint, as this run's tuning task stored it."""
    uri = step.ledger.run_uri(step.run_id, f"tuned/{fingerprint}.json")
    return msgspec.json.decode(step.storage.read(uri), type=TunedModel)


def _labels(step: Step, snapshot: Snapshot, decision: Decision) -> dict[str, str]:
    """A label value has at most 63 characters, and a SHA-256 has 64."""
    return {
        LINE_LABEL: step.name[:63],
        use_label(step.ledger.root): step.name[:63],
        "retune-run": step.run_id[:63],
        "retune-verdict": decision.verdict,
        "retune-snapshot": snapshot.sha256[:63],
    }


def _import_evaluation(step: Step, tuned: TunedModel, evaluation: Evaluation) -> str:
    """Means, interval bounds and coverage of the version; what it was compared with is in the report."""
    result = next(one for one in evaluation.in_role("candidate") if one.system.model == tuned.model)
    metrics = {"coverage": result.coverage}
    for name, interval in result.metrics.items():
        metrics |= {name: interval.mean, f"{name} low": interval.low, f"{name} high": interval.high}
    facts = {
        "run": step.run_id,
        "rows": str(evaluation.rows),
        "confidence": f"{evaluation.confidence:g}",
        "report": step.ledger.run_uri(step.run_id, "report.html"),
    }
    finite = {name: value for name, value in metrics.items() if math.isfinite(value)}
    try:
        return ModelEvaluations(step.cloud).import_once(tuned.model, step.run_id, finite, SCHEMA, facts)
    except RetuneError as error:
        # Whether the service takes metrics that the schema does not name is not documented.
        if error.code != "SERVICE-REFUSED":
            raise
        print(f"the registry does not show the evaluation: {error.message}", flush=True)
        return ""


def _write_card(step: Step, tuned: TunedModel, snapshot: Snapshot, evaluation: Evaluation, decision: Decision) -> str:
    dataset = msgspec.json.decode(step.storage.read(snapshot.facts_uri))
    plan = step.ledger.read_run(step.run_id, "plan.json", Plan)
    costs = bill(step, plan, tuned_models(step, plan), evaluation) if plan else answer_costs(evaluation)
    card = render_card(CardFacts(step.name, step.run_id, tuned, snapshot, dataset, evaluation, decision, costs))
    uri = step.ledger.run_uri(step.run_id, "model_card.md")
    step.storage.write(uri, card.encode(), content_type="text/markdown; charset=utf-8")
    return uri
