"""A release: one version takes over serving, with its evidence."""

from __future__ import annotations

import datetime
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec

from components.base_models.facts import BaseModelFacts
from components.base_models.resolved import base_models
from components.endpoint_deployment.probe import probe
from components.endpoint_deployment.settings import ServingSettings
from components.endpoint_deployment.strategies import OwnEndpoint, StableEndpoint, Takeover
from components.errors import RetuneError, service_error
from components.gcp.endpoints import Endpoints
from components.gcp.generation import Generator
from components.gcp.ledger import Champion
from components.gcp.model_registry import ModelRegistry
from components.gcp.storage import PreconditionFailed
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel

CHAMPION_ALIAS = "champion"
GIVE_BACK_ATTEMPTS = 4


class Release(msgspec.Struct, frozen=True):
    """The record of a promotion.

    Attributes:
        number: Counted from 1 per model line.
        champion: What serves from now on.
        previous: What served before; None for the first release.
        reasons: The gate's sentences.
        evaluation_uri: Evidence.
        report_uri: The same for people.
        released_at: UTC, RFC 3339.
    """

    number: int
    champion: Champion
    previous: Champion | None
    reasons: list[str]
    evaluation_uri: str
    report_uri: str
    released_at: str


class Evidence(msgspec.Struct, frozen=True):
    """Why a version may serve: the gate's sentences, where the evaluation lies, and whom it was compared with.

    `compared_with` is the registry name of the champion in the evaluation; empty when nothing served then.
    """

    reasons: list[str]
    evaluation_uri: str
    report_uri: str
    plan_key: str
    compared_with: str


def release(
    step: Step, tuned: TunedModel, facts: BaseModelFacts, evidence: Evidence, requests: Sequence[dict[str, Any]]
) -> Release:
    """Let the version serve, replace the champion pointer, and keep the record.

    The pointer is the arbiter: it is replaced only if nobody else replaced it since this release began, and whoever
    loses gives the traffic back. Run again after a kill, it finishes what was begun; so it does when another run of
    the same candidates promoted the same version meanwhile.

    Raises:
        RetuneError: `DEPLOY-PROBE` or `SERVICE-…`, the old champion serves; `RELEASE-CONFLICT`, another run promoted
            another version.
    """
    seen = step.ledger.champion()
    previous, generation = seen if seen else (None, 0)
    if previous and previous.model == tuned.model:
        return _finish(step, previous, _previous_of(step, previous), evidence)
    if evidence.compared_with != (previous.model if previous else ""):
        raise _conflict(step)
    takeover = _takeover(step, facts)
    try:
        endpoint = takeover.begin(tuned, lambda name: probe(_generator(step, name, facts), name, requests))
        champion = _champion(step, tuned, endpoint, previous, evidence)
        step.ledger.replace_champion(champion, generation)
    except PreconditionFailed as conflict:
        now = step.ledger.champion()
        if now and now[0].model == tuned.model:
            return _finish(step, now[0], _previous_of(step, now[0]), evidence)
        error = _conflict(step)
        _give_back(step, takeover, tuned, previous, error)
        raise error from conflict
    except BaseException as error:
        _give_back(step, takeover, tuned, previous, error)
        raise
    takeover.end(frozenset({champion.model, previous.model} if previous else {champion.model}))
    return _finish(step, champion, previous, evidence)


def _conflict(step: Step) -> RetuneError:
    return service_error(
        "RELEASE-CONFLICT",
        "another run promoted a version since this one was compared; that one serves",
        "start the run again to compare with the new champion",
        f"{step.ledger.root}/champion.json",
    )


def _give_back(
    step: Step, takeover: Takeover, tuned: TunedModel, previous: Champion | None, error: BaseException
) -> None:
    """Let the model that the pointer names serve; when that is the new one after all, its traffic stays."""
    for attempt in range(GIVE_BACK_ATTEMPTS):
        try:
            seen = step.ledger.champion()
            model = seen[0].model if seen else ""
            if model != tuned.model:
                takeover.undo(model)
            return
        except Exception as failed:
            if attempt + 1 == GIVE_BACK_ATTEMPTS:
                kept = previous.model if previous else "nothing"
                error.add_note(f"the traffic could not be given back to {kept}: {failed}")
                return
            time.sleep(2**attempt / 2)


def _champion(step: Step, tuned: TunedModel, endpoint: str, previous: Champion | None, evidence: Evidence) -> Champion:
    return Champion(
        release=previous.release + 1 if previous else 1,
        model=tuned.model,
        endpoint=endpoint,
        base_model=tuned.candidate.base_model,
        fingerprint=tuned.candidate.fingerprint,
        plan_key=evidence.plan_key,
        run_id=step.run_id,
        tuning_endpoint=tuned.endpoint,
        thinking=base_models(step.config)[tuned.candidate.base_model].thinking,
    )


def _takeover(step: Step, facts: BaseModelFacts) -> Takeover:
    if facts.serving == "multi_region":
        return OwnEndpoint()
    settings = step.section("serving", ServingSettings)
    endpoints = Endpoints(step.cloud)
    stable = endpoints.find_or_create(settings.endpoint or step.name, {"retune-name": step.name[:63]})
    return StableEndpoint(endpoints, stable, f"{step.name} {step.run_id}"[:128])


def _generator(step: Step, endpoint: str, facts: BaseModelFacts) -> Generator:
    return Generator(step.cloud.project, step.cloud.location, endpoint, thinking=facts.thinking)


def _finish(step: Step, champion: Champion, previous: Champion | None, evidence: Evidence) -> Release:
    """Move the alias and write the record; both may be repeated."""
    registry = ModelRegistry(step.cloud)
    registry.set_alias(champion.model, CHAMPION_ALIAS)
    if previous and previous.model != champion.model:
        registry.remove_alias(previous.model, CHAMPION_ALIAS)
    record = Release(
        number=champion.release,
        champion=champion,
        previous=previous,
        reasons=evidence.reasons,
        evaluation_uri=evidence.evaluation_uri,
        report_uri=evidence.report_uri,
        released_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )
    with suppress(PreconditionFailed):  # an earlier attempt, or another run of the same version, kept it
        step.ledger.write_release(champion.release, record)
    return record


def _previous_of(step: Step, champion: Champion) -> Champion | None:
    """What served before the champion, from its own record or the record of the release before it."""
    for number, key in ((champion.release, "previous"), (champion.release - 1, "champion")):
        found = step.ledger.read_release(number)
        if found and found[key]:
            return msgspec.convert(found[key], Champion)
    return None
