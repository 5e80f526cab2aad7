"""Every call of a promotion that changes or costs something, in order, from the state of both environments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from components.base_models.facts import BaseModelFacts
from components.base_models.resolved import base_models
from components.base_models.serving import serving_location
from components.endpoint_deployment.history import fallback
from components.endpoint_deployment.observed import CHAMPION_ALIAS, PREVIOUS_ALIAS
from components.endpoint_deployment.settings import ServingSettings
from components.endpoint_deployment.stable_endpoint import stable_name
from components.gcp.endpoints import Endpoints, endpoint_number
from components.gcp.ledger import Champion
from components.line_labels import LINE_LABEL, OWNER_LABEL, ledger_mark, use_label
from components.model_registration.register import CANDIDATE_ALIAS
from components.promotion.copies import endpoint_name, hops, model_id, region_of
from components.promotion.planned_call import GATE, PlannedCall
from components.promotion.request import Source, TestSet
from components.step import Step

AGAIN = "found again where an earlier attempt made it"


@dataclass(frozen=True)
class Destination:
    """Where the copy goes.

    Attributes:
        step: The model line there.
        champion: What serves there, and the generation of the pointer; None and 0 for nothing.
        generation: See `champion`.
        base_model: What the copy was tuned from.
        facts: What is known of that.
        copy: Registry name of the copy, without version.
        own: Name of the endpoint at which the copy is asked.
        stable: Name of the stable endpoint; empty while there is none.
    """

    step: Step
    champion: Champion | None
    generation: int
    base_model: str
    facts: BaseModelFacts
    copy: str
    own: str
    stable: str

    @property
    def parent(self) -> str:
        """Project and region."""
        return f"projects/{self.step.cloud.project}/locations/{self.step.cloud.location}"


def planned_calls(source: Source, step: Step, test_set: TestSet) -> list[PlannedCall]:
    """The calls.

    Args:
        source: What is promoted.
        step: The model line at the destination.
        test_set: The destination's.
    """
    candidate, cloud, seen = source.tuned.candidate, step.cloud, step.ledger.champion()
    facts, identifier = base_models(step.config)[candidate.base_model], model_id(step.name, candidate.fingerprint)
    location = serving_location(facts, cloud.location)
    number = endpoint_number(endpoint_name(identifier, cloud.location))
    there = Destination(
        step=step,
        champion=seen[0] if seen else None,
        generation=seen[1] if seen else 0,
        base_model=candidate.base_model,
        facts=facts,
        copy=f"projects/{cloud.project}/locations/{cloud.location}/models/{identifier}",
        own=f"projects/{cloud.project}/locations/{location}/endpoints/{number}",
        stable=Endpoints(cloud).find(stable_name(step)),
    )
    before = [*_copies(source, there, identifier), *_own_endpoint(there, identifier), *_questions(there, test_set)]
    after = [*_registration(there), *_rollout(there), *_records(there)]
    return [*before, *(msgspec.structs.replace(one, after_gate=True) for one in after)]


def _copies(source: Source, there: Destination, identifier: str) -> Iterator[PlannedCall]:
    cloud, original = there.step.cloud, source.tuned.model
    way = hops(source.project, region_of(original), cloud.project, cloud.location)
    passed = []
    for hop in way:
        parent = f"projects/{hop.project}/locations/{hop.location}"
        key = cloud.key_in(hop.location)
        given = {"sourceModel": original, "modelId": identifier, **({"encryptionSpec.kmsKeyName": key} if key else {})}
        yield PlannedCall("models.copy", parent, given, note=AGAIN)
        original = f"{parent}/models/{identifier}"
        passed += [original] if hop.intermediate else []
    yield from (PlannedCall("models.delete", name, note="the copy on the way") for name in passed)
    yield PlannedCall("models.patch", there.copy, {f"labels.{LINE_LABEL}": there.step.name[:63]})


def _own_endpoint(there: Destination, identifier: str) -> Iterator[PlannedCall]:
    parent, _, number = there.own.rpartition("/endpoints/")
    name = endpoint_name(identifier, there.step.cloud.location)
    yield PlannedCall("endpoints.create", parent, {"endpointId": number, "displayName": name}, note=AGAIN)
    given = {"deployedModel.model": there.copy, "trafficSplit": "the copy 100"}
    yield PlannedCall("endpoints.deployModel", there.own, given, note="where the copy is asked alone")


def _questions(there: Destination, test_set: TestSet) -> Iterator[PlannedCall]:
    cloud = there.step.cloud
    location = serving_location(there.facts, cloud.location)
    asked = [f"projects/{cloud.project}/locations/{location}/publishers/google/models/{there.base_model}"]
    asked += [there.champion.tuning_endpoint or there.champion.endpoint] if there.champion else []
    for name in (*asked, there.own):
        given = {"contents": f"every example of {test_set.uri}", "sha256": test_set.sha256}
        yield PlannedCall("generateContent", name, given)
    replaces = there.champion.model if there.champion else "nothing"
    yield PlannedCall(GATE, f"{there.step.ledger.root}/runs/RUN/decision.json", {"replaces": replaces})


def _registration(there: Destination) -> Iterator[PlannedCall]:
    yield PlannedCall("models.patch", there.copy, {f"labels.{use_label(there.step.ledger.root)}": there.step.name[:63]})
    yield _alias(there.copy, CANDIDATE_ALIAS)
    yield PlannedCall("models.evaluations.import", there.copy)


def _rollout(there: Destination) -> Iterator[PlannedCall]:
    serving = there.step.section("serving", ServingSettings)
    if there.champion and serving.shadow:
        yield PlannedCall("generateContent", there.own, {"contents": f"logged prompts of {serving.shadow.prompts}"})
    yield PlannedCall("generateContent", there.own, {"contents": _probes(serving)}, note="before any traffic")
    if there.facts.serving == "multi_region":
        return
    name, stable = stable_name(there.step), there.stable
    owner = {f"labels.{OWNER_LABEL}": ledger_mark(there.step.ledger.root)}
    if not stable:
        stable = f"{there.parent}/endpoints/{endpoint_number(name)}"
        given = {"endpointId": endpoint_number(name), "displayName": name, **owner}
        yield PlannedCall("endpoints.create", there.parent, given)
    elif OWNER_LABEL not in Endpoints(there.step.cloud).labels(stable):
        yield PlannedCall("endpoints.patch", stable, owner)
    old = there.champion.model if there.champion and there.champion.endpoint == stable else ""
    given = {"deployedModel.model": there.copy, "trafficSplit": f"the copy {0 if old else 100}"}
    yield PlannedCall("endpoints.deployModel", stable, given)
    for share in serving.steps if old else (100,):
        split = f"the copy {share}" + (f", {old} {100 - share}" if share < 100 else "")
        yield PlannedCall("endpoints.patch", stable, {"trafficSplit": split})
        note = f"the probe at {share} %, with the copy alone and the champion asked anew"
        yield PlannedCall("generateContent", stable, {"contents": _probes(serving)}, note=note)


def _probes(serving: ServingSettings) -> str:
    return f"{serving.probes} test prompts and {len(serving.golden_prompts)} golden prompts"


def _records(there: Destination) -> Iterator[PlannedCall]:
    step, old = there.step, there.champion
    record = f"{step.ledger.root}/releases/{step.ledger.last_release_number() + 1:06d}.json"
    yield PlannedCall("storage.objects.insert", record, {"ifGenerationMatch": "0"})
    pointer = f"{step.ledger.root}/champion.json"
    yield PlannedCall("storage.objects.insert", pointer, {"ifGenerationMatch": str(there.generation)})
    yield from _undeployed(there)
    earlier = fallback(step.ledger, old)
    changes = [(there.copy, CHAMPION_ALIAS), (there.copy, f"-{CANDIDATE_ALIAS}")]
    changes += [(old.model, f"-{CHAMPION_ALIAS}"), (old.model, PREVIOUS_ALIAS)] if old else []
    changes += [(earlier.model, f"-{PREVIOUS_ALIAS}")] if earlier and old and earlier.model != old.model else []
    yield from (_alias(model, alias) for model, alias in changes)


def _alias(model: str, alias: str) -> PlannedCall:
    return PlannedCall("models.mergeVersionAliases", model, {"versionAliases": alias})


def _undeployed(there: Destination) -> Iterator[PlannedCall]:
    """What was kept on the stable endpoint for a rollback and is not any more."""
    if not there.stable or not there.champion:
        return
    for one in Endpoints(there.step.cloud).deployments(there.stable):
        if one.model != there.champion.model:
            given = {"deployedModelId": one.deployed_model_id}
            yield PlannedCall("endpoints.undeployModel", there.stable, given, note=one.model)
