"""A release: one version takes over serving, with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from components.base_models.facts import BaseModelFacts
from components.clock import Clock
from components.endpoint_deployment.asked_prompts import Ask
from components.endpoint_deployment.history import now, read_release, write_release
from components.endpoint_deployment.probe import Alone, Inspection
from components.endpoint_deployment.release_record import Evidence, Release
from components.endpoint_deployment.rollout_lease import RolloutLease
from components.endpoint_deployment.settings import ServingSettings
from components.endpoint_deployment.settle import settle
from components.endpoint_deployment.stable_endpoint import check_owner, claim_stable_endpoint
from components.endpoint_deployment.strategies import OwnEndpoint, StableEndpoint, Takeover
from components.errors import RetuneError, service_error
from components.gcp.endpoints import Endpoints
from components.gcp.generation import Generator
from components.gcp.ledger import Champion
from components.gcp.storage import PreconditionFailed
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel

ATTEMPTS_AT_CHAMPION = 2
"""A champion that is broken must not hold its successor up for long."""


def release(
    step: Step,
    tuned: TunedModel,
    facts: BaseModelFacts,
    evidence: Evidence,
    requests: Sequence[dict[str, Any]],
    clock: Clock | None = None,
) -> Release:
    """Let the version serve, step by step, and replace the champion pointer.

    The pointer is the arbiter. The record is written before it, traffic and aliases follow it: whatever fails or is
    killed on the way, `settle` makes everything agree with the pointer, now or when the next one comes.

    Args:
        step: The model line.
        tuned: The version.
        facts: What is known of its base model.
        evidence: Why it may serve.
        requests: Prompts for the probes.
        clock: Time of day; the real one when not given.

    Raises:
        RetuneError: `DEPLOY-…` or `SERVICE-…`, the old champion serves; `RELEASE-CONFLICT`, another run
            promoted another version; `RELEASE-BUSY`, another one is changing what serves; `RELEASE-SHARED`, the
            endpoint belongs to another environment.
    """
    clock = clock or Clock()
    with RolloutLease(step.ledger, step.run_id, tuned.model, clock).held() as lease:
        settle(step, lease.left_over, clock)
        seen = step.ledger.champion()
        previous, generation = seen if seen else (None, 0)
        if previous and previous.model == tuned.model:
            return _existing(step, previous)
        if evidence.compared_with != (previous.model if previous else ""):
            lease.clean()
            raise _conflict(step)
        try:
            made = _roll_out(step, tuned, facts, evidence, requests, previous, lease)
            lease.check()
            step.ledger.replace_champion(made.champion, generation)
        except PreconditionFailed as lost:
            return _after_lost_race(step, tuned, lost, lease, clock)
        except BaseException as error:
            _undo(step, tuned.model, error, lease, clock)
            raise
        settle(step, tuned.model, clock)
        return made


def _roll_out(
    step: Step,
    tuned: TunedModel,
    facts: BaseModelFacts,
    evidence: Evidence,
    requests: Sequence[dict[str, Any]],
    previous: Champion | None,
    lease: RolloutLease,
) -> Release:
    """The record of the release, written after the version took over the traffic."""
    candidate = Alone(_asking(step, facts.thinking), tuned.endpoint)
    settings = step.section("serving", ServingSettings)
    inspection = Inspection(candidate, _alone(step, previous) if previous else None, requests, settings)
    takeover = _takeover(step, facts, tuned.model)
    endpoint = takeover.take_over(tuned, previous, inspection, lease)
    champion = Champion(
        release=0,  # numbered as the record is written
        model=tuned.model,
        endpoint=endpoint,
        base_model=tuned.candidate.base_model,
        fingerprint=tuned.candidate.fingerprint,
        plan_key=evidence.plan_key,
        run_id=step.run_id,
        tuning_endpoint=tuned.endpoint,
        thinking=facts.thinking,
    )
    record = Release(
        number=0,
        champion=champion,
        previous=previous,
        reasons=evidence.reasons,
        evaluation_uri=evidence.evaluation_uri,
        report_uri=evidence.report_uri,
        released_at=now(),
        by=evidence.by or f"run {step.run_id}",
        why=evidence.why or (evidence.reasons[0] if evidence.reasons else ""),
        snapshot_uri=evidence.snapshot_uri,
        tuning_job=evidence.tuning_job or tuned.tuning_job,
        origin=evidence.origin,
        steps=inspection.reports,
        shadow_uri=evidence.shadow_uri,
    )
    return write_release(step.ledger, record)


def _alone(step: Step, champion: Champion) -> Alone:
    """The champion where nothing else answers, also while another version takes over at the endpoint where it serves.

    Pointers of earlier releases do not name that endpoint.
    """
    return Alone(_asking(step, champion.thinking, ATTEMPTS_AT_CHAMPION), champion.tuning_endpoint)


def _takeover(step: Step, facts: BaseModelFacts, model: str) -> Takeover:
    if facts.serving == "multi_region":
        return OwnEndpoint()
    endpoints = Endpoints(step.cloud)
    stable = claim_stable_endpoint(step, endpoints, model)
    steps = step.section("serving", ServingSettings).steps
    still_ours = partial(check_owner, step, endpoints, stable)
    return StableEndpoint(endpoints, stable, f"{step.name} {step.run_id}"[:128], steps, still_ours)


def _asking(step: Step, thinking: str, attempts: int = 5) -> Ask:
    return lambda endpoint: Generator(
        step.cloud.project, step.cloud.location, endpoint, thinking=thinking, attempts=attempts
    )


def _after_lost_race(
    step: Step, tuned: TunedModel, lost: PreconditionFailed, lease: RolloutLease, clock: Clock
) -> Release:
    """The release of another run that promoted the same version meanwhile.

    Raises:
        RetuneError: `RELEASE-CONFLICT`, it promoted another one.
    """
    conflict = _conflict(step)
    _undo(step, tuned.model, conflict, lease, clock)
    seen = step.ledger.champion()
    if seen and seen[0].model == tuned.model:
        return _existing(step, seen[0])
    raise conflict from lost


def _undo(step: Step, model: str, error: BaseException, lease: RolloutLease, clock: Clock) -> None:
    """Let the model that the pointer names serve; when that is the new one after all, it keeps its traffic."""
    try:
        lease.check()
        settle(step, model, clock)
        lease.clean()
    except Exception as failed:
        error.add_note(f"the rollout could not be undone: {failed}; run `retune doctor --fix`")


def _existing(step: Step, champion: Champion) -> Release:
    found = read_release(step.ledger, champion.release)
    if found is None:
        raise service_error(
            "RELEASE-RECORD",
            f"release {champion.release} serves and has no record",
            "run `retune doctor --fix`",
            f"{step.ledger.root}/champion.json",
        )
    return found


def _conflict(step: Step) -> RetuneError:
    return service_error(
        "RELEASE-CONFLICT",
        "another run promoted a version since this one was compared; that one serves",
        "start the run again to compare with the new champion",
        f"{step.ledger.root}/champion.json",
    )
