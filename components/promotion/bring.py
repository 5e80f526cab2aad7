"""Brings an approved version to its destination: checks the approval, copies the model, gives it an endpoint."""

from __future__ import annotations

import hashlib

import msgspec

from components.base_models.resolved import base_models
from components.base_models.serving import serving_location
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.snapshot import Snapshot, SplitFacts
from components.dataset_validation.validate import limits_of
from components.dataset_validation.validator import validate_dataset
from components.endpoint_deployment.release_record import Approval, Origin
from components.errors import configuration_error
from components.gcp.endpoints import Endpoints
from components.gcp.ledger import encode
from components.gcp.model_registry import ModelRegistry
from components.line_labels import LINE_LABEL, USE_LABEL
from components.promotion.copies import copy_across, endpoint_name, hops, model_id, region_of
from components.promotion.request import PromotionPlan, PromotionRequest, Source
from components.run_planning.plan import CandidateCost, Plan, plan_key
from components.run_planning.plan_run import read_plan
from components.step import Step, open_step
from components.supervised_tuning.tuned_model import TunedModel


def begin_promotion(step: Step, request: str) -> tuple[Plan, Snapshot]:
    """The plan of the run and the snapshot of the destination's test set, after the approval was found to hold.

    Args:
        step: The running step, at the destination.
        request: A `PromotionRequest` as JSON.

    Raises:
        RetuneError: `PROMOTE-CHANGED`, either environment is not as it was when the plan was approved.
    """
    asked = msgspec.json.decode(request, type=PromotionRequest)
    _check_unchanged(step, asked.plan)
    source = asked.plan.source
    origin = Origin(source.ledger, source.release.number, source.tuned.model)
    step.ledger.write_run(step.run_id, "approval.json", Approval(asked.by, asked.why, origin, asked.plan.digest))
    snapshot = _snapshot(step, asked.plan)
    candidate = source.tuned.candidate
    sections = msgspec.json.decode(step.config)
    rules = {key: sections.get(key, {}) for key in ("evaluation", "gate")}
    plan = Plan(
        decision="tune",
        reason=f"promoted from release {source.release.number} of {source.ledger} by {asked.by}",
        plan_key=plan_key(snapshot.sha256, [candidate.fingerprint], rules),
        candidates=[candidate],
        costs=[CandidateCost(candidate.fingerprint, 0, 0.0, source.tuned.tuning_job)],
        tuning_usd=0.0,
        evaluation_usd=0.0,
        warnings=[],
    )
    return plan, snapshot


def bring_model(step: Step, request: str, fingerprint: str, plan_uri: str) -> TunedModel:
    """The version at its destination: copied, and deployed to an endpoint of its own that can be asked.

    Run again, it finds the copy and the endpoint that it made.
    """
    candidate = next(one for one in read_plan(step, plan_uri).candidates if one.fingerprint == fingerprint)
    source = msgspec.json.decode(request, type=PromotionRequest).plan.source
    way = hops(source.project, region_of(source.tuned.model), step.cloud.project, step.cloud.location)
    identifier = model_id(step.name, fingerprint)
    model = copy_across(step.cloud, source.tuned.model, way, identifier)
    _label_copy(step, model, source)
    endpoints = Endpoints(step.cloud)
    location = serving_location(base_models(step.config)[candidate.base_model], step.cloud.location)
    name = endpoint_name(identifier, step.cloud.location)
    endpoint = endpoints.find_or_create(name, {LINE_LABEL: step.name[:63]}, location)
    if not any(one.model == model for one in endpoints.deployments(endpoint)):
        endpoints.deploy(endpoint, model, name, {"0": 100})
    return msgspec.structs.replace(source.tuned, model=model, endpoint=endpoint, adopted=True)


def _label_copy(step: Step, model: str, source: Source) -> None:
    """A copy has the labels of what it was copied from; the ledgers that use that one do not use the copy."""
    cloud = step.cloud.model_copy(update={"project": source.project, "location": region_of(source.tuned.model)})
    original = ModelRegistry(cloud).find(source.tuned.model)
    marks = {key for key in (original.labels if original else {}) if key.startswith(USE_LABEL)}
    ModelRegistry(step.cloud).set_labels(model, {LINE_LABEL: step.name[:63]}, without=marks)


def _check_unchanged(step: Step, plan: PromotionPlan) -> None:
    """The approval is for this plan: what serves in both environments, and the test set, are as they were."""
    source = open_step(_source_config(step, plan), step.run_id).ledger.champion()
    here = step.ledger.champion()
    changed = []
    if source is None or source[0] != plan.source.release.champion:
        changed.append("another version serves where it comes from")
    if (here[0].model if here else "") != plan.replaces:
        changed.append(f"another version serves in {plan.to}")
    if hashlib.sha256(step.storage.read(plan.test_set.uri)).hexdigest() != plan.test_set.sha256:
        changed.append("the test set was replaced")
    if changed:
        raise configuration_error(
            "PROMOTE-CHANGED",
            f"since the plan was approved, {' and '.join(changed)}",
            "look at the new plan with `retune promote --dry-run`, and approve that",
            plan.digest[:12],
        )


def _source_config(step: Step, plan: PromotionPlan) -> str:
    """The configuration as it is where the version comes from: another project, region and bucket."""
    sections = msgspec.json.decode(step.config)
    bucket = plan.source.ledger.removeprefix("gs://").partition("/")[0]
    sections["cloud"] |= {"project": plan.source.project, "location": plan.source.location, "bucket": bucket}
    return msgspec.json.encode(sections).decode()


def _snapshot(step: Step, plan: PromotionPlan) -> Snapshot:
    """The destination's test set as a snapshot of one file, validated as every dataset is.

    Raises:
        RetuneError: The first `DATA-…` error of the file.
    """
    uri = plan.test_set.uri
    settings = step.section("validation", ValidationSettings)
    source = DataFile("test.jsonl", lambda: step.storage.open(uri))
    report = validate_dataset({"test": [source]}, settings, limits_of(step.config), digest=True)
    error = report.first_error()
    if error:
        raise error
    facts = report.splits["test"]
    digest = hashlib.sha256(f"test:{facts.sha256}\n".encode()).hexdigest()
    folder = f"{step.root}/snapshots/{digest}/"
    splits = {"test": SplitFacts(f"{folder}test.jsonl", facts.rows, facts.bytes, facts.sha256, facts.tokens)}
    snapshot = Snapshot(folder, digest, splits, f"{folder}facts.json")
    if not step.storage.exists(f"{folder}manifest.json"):
        step.storage.write(splits["test"].uri, step.storage.read(uri), content_type="application/jsonl")
        step.storage.write(snapshot.facts_uri, report.to_json())
        step.storage.write(f"{folder}manifest.json", encode(snapshot))
    return snapshot
