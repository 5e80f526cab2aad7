"""Promotion between environments: an exact plan, an approval that holds for it only, and copies that are made once."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from google.auth.transport.requests import AuthorizedSession

from components.errors import RetuneError
from components.gcp.endpoints import Endpoints, endpoint_number
from components.gcp.generation import Generator
from components.gcp.ledger import encode
from components.gcp.model_registry import ModelRegistry
from components.promotion.bring import begin_promotion, bring_model
from components.promotion.copies import Hop, copy_across, endpoint_name, hops, model_id
from components.promotion.plan import plan_promotion
from components.promotion.planned_call import GATE, PlannedCall
from components.promotion.request import PromotionPlan, PromotionRequest, TestSet
from components.step import Step, open_step
from local_vertex.server import RunningServer
from tests.components.releases.lines import LINE, REQUESTS, Line, config, let_serve
from tests.components.stand_ins import Faults

TEST_LINE = (LINE % ("question %d about a", "a")).encode()


@pytest.fixture
def production(line: Line) -> Step:
    """The line in another project and region."""
    sections = config(line.step.name)
    sections["cloud"] = {"project": "production", "location": "europe-west4", "bucket": f"prod-{line.step.name}"}
    # A section that says nothing may be left out.
    del sections["evaluation"], sections["gate"]
    opened = open_step(json.dumps(sections), "run-prod")
    opened.storage.ensure_bucket(opened.cloud.bucket, opened.cloud.location)
    return opened


@pytest.fixture
def test_set(production: Step) -> TestSet:
    content = b"".join(TEST_LINE % number for number in range(20))
    uri = f"{production.root}/test.jsonl"
    production.storage.write(uri, content)
    return TestSet(uri, hashlib.sha256(content).hexdigest())


def serve(line: Line, letter: str, run_id: str) -> None:
    tuned = line.versions[letter]
    line.step.ledger.write_run(run_id, f"tuned/{tuned.candidate.fingerprint}.json", tuned)
    let_serve(line.run(run_id), tuned)


def approved(plan: PromotionPlan) -> str:
    return msgspec.json.encode(PromotionRequest(plan, "ann", "proven")).decode()


def test_a_copy_changes_the_project_or_the_region() -> None:
    assert hops("dev", "us-central1", "dev", "us-central1") == []
    assert hops("dev", "us-central1", "prod", "us-central1") == [Hop("prod", "us-central1")]
    assert hops("dev", "us-central1", "dev", "europe-west4") == [Hop("dev", "europe-west4")]
    both = [Hop("dev", "europe-west4", intermediate=True), Hop("prod", "europe-west4")]
    assert hops("dev", "us-central1", "prod", "europe-west4") == both


def test_every_copy_has_the_key_of_where_it_goes(line: Line, production: Step, vertex_env: RunningServer) -> None:
    key = "projects/production/locations/europe-west4/keyRings/retune/cryptoKeys/data"
    cloud = production.cloud.model_copy(update={"kms_key": key})
    way = hops(line.step.cloud.project, "us-central1", "production", "europe-west4")
    source = line.versions["a"].model
    on_the_way = cloud.model_copy(update={"project": line.step.cloud.project})
    copies = [ModelRegistry(on_the_way).copy(source, f"on-the-way-{line.step.name}")]
    copies.append(copy_across(cloud, source, way, f"copy-{line.step.name}"))
    for copy in copies:
        shown = httpx.get(f"{vertex_env.base_url}/v1/{copy}", headers={"authorization": "Bearer x"}).json()
        assert shown["encryptionSpec"] == {"kmsKeyName": key}


def test_the_plan_names_every_call_with_its_resources_and_changes_nothing(
    line: Line, production: Step, test_set: TestSet
) -> None:
    serve(line, "a", "run-1")
    plan = plan_promotion(line.step, production, "prod", test_set, ["ann"])
    there, copy = "projects/production/locations/europe-west4", model_id(line.step.name, "a" * 64)
    on_the_way = f"projects/{line.step.cloud.project}/locations/europe-west4"
    own = f"{there}/endpoints/{endpoint_number(endpoint_name(copy, 'europe-west4'))}"
    assert [one.sentence() for one in plan.calls[:6]] == [
        f"models.copy {on_the_way} sourceModel={line.versions['a'].model} modelId={copy} "
        "(found again where an earlier attempt made it)",
        f"models.copy {there} sourceModel={on_the_way}/models/{copy} modelId={copy} "
        "(found again where an earlier attempt made it)",
        f"models.delete {on_the_way}/models/{copy} (the copy on the way)",
        f"models.patch {there}/models/{copy} labels.retune-name={line.step.name}",
        f"endpoints.create {there} endpointId={own.rpartition('/')[2]} displayName={copy}-europe-west4 "
        "(found again where an earlier attempt made it)",
        f"endpoints.deployModel {own} deployedModel.model={there}/models/{copy} trafficSplit=the copy 100 "
        "(where the copy is asked alone)",
    ]
    gate = next(number for number, one in enumerate(plan.calls) if one.call == GATE)
    assert not any(one.after_gate for one in plan.calls[:gate])
    assert all(one.after_gate for one in plan.calls[gate + 1 :])
    assert plan.approvers == ["ann"]
    again = plan_promotion(line.step, production, "prod", test_set, ["ann"])
    assert plan.digest == again.digest
    assert ModelRegistry(production.cloud).find(f"{there}/models/{copy}") is None
    assert plan.digest != plan_promotion(line.step, production, "prod", test_set, ["bob"]).digest
    serve(line, "b", "run-2")
    assert plan.digest != plan_promotion(line.step, production, "prod", test_set, ["ann"]).digest


def test_what_is_planned_is_what_is_called(
    line: Line, production: Step, test_set: TestSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but registration, which another test runs: two promotions before, so that something is there to replace."""
    made: list[str] = []
    send = AuthorizedSession.request

    def recording(self: AuthorizedSession, method: str, url: str, *rest: Any, **named: Any) -> Any:
        path = re.sub(r"/v1/projects/[^/]+/", "/", urlsplit(url).path)
        if method != "GET" and path.startswith("/locations"):
            made.append(f"{method} {path.replace('@1', '').replace('%401', '')}")
        return send(self, method, url, *rest, **named)

    for letter in "abc":
        serve(line, letter, f"run-{letter}")
        plan = plan_promotion(line.step, production, "prod", test_set)
        promoting = open_step(production.config, f"promote-{letter}")
        with monkeypatch.context() as patched:
            made.clear()
            patched.setattr(AuthorizedSession, "request", recording)
            begun, _ = begin_promotion(promoting, approved(plan))
            uri = promoting.ledger.write_run(promoting.run_id, "plan.json", begun)
            fingerprint = begun.candidates[0].fingerprint
            let_serve(promoting, bring_model(promoting, approved(plan), fingerprint, uri))
        wanted = [as_request(one) for one in plan.calls if "candidate" not in one.arguments.get("versionAliases", "")]
        assert sorted(made) == sorted(filter(None, wanted)), letter


def as_request(planned: PlannedCall) -> str:
    """Method and path of a call, without project and version; empty for what is not asked of models and endpoints."""
    name = "/" + planned.resource.partition("/")[2].partition("/")[2].partition("@")[0]
    return {
        "models.copy": f"POST {name}/models:copy",
        "models.delete": f"DELETE {name}",
        "models.patch": f"PATCH {name}",
        "models.mergeVersionAliases": f"POST {name}:mergeVersionAliases",
        "endpoints.create": f"POST {name}/endpoints",
        "endpoints.deployModel": f"POST {name}:deployModel",
        "endpoints.undeployModel": f"POST {name}:undeployModel",
        "endpoints.patch": f"PATCH {name}",
    }.get(planned.call, "")


def test_the_copy_answers_at_its_destination_and_is_made_once(line: Line, production: Step, test_set: TestSet) -> None:
    serve(line, "a", "run-1")
    request = approved(plan_promotion(line.step, production, "prod", test_set))
    plan, snapshot = begin_promotion(production, request)
    assert snapshot.splits["test"].rows == 20
    assert (plan.candidates[0].fingerprint, plan.tuning_usd) == ("a" * 64, 0.0)
    uri = production.ledger.write_run(production.run_id, "plan.json", plan)
    brought = bring_model(production, request, "a" * 64, uri)
    assert "/locations/europe-west4/" in brought.model
    assert "/locations/europe-west4/" in brought.endpoint
    generator = Generator("production", "europe-west4", brought.endpoint, thinking="budget:0")
    assert asyncio.run(generator.ask(REQUESTS[1])).text == "a"
    assert bring_model(production, request, "a" * 64, uri) == brought
    on_the_way = (
        f"projects/{line.step.cloud.project}/locations/europe-west4/models/{model_id(line.step.name, 'a' * 64)}"
    )
    there = line.step.cloud.model_copy(update={"location": "europe-west4"})
    assert ModelRegistry(there).find(on_the_way) is None
    assert [one.traffic for one in Endpoints(production.cloud).deployments(brought.endpoint)] == [100]


def test_a_copy_that_failed_half_way_goes_on(line: Line, production: Step, test_set: TestSet, faults: Faults) -> None:
    serve(line, "a", "run-1")
    request = approved(plan_promotion(line.step, production, "prod", test_set))
    uri = production.ledger.write_run(production.run_id, "plan.json", begin_promotion(production, request)[0])
    faults.add(action="lose_reply", path="models:copy", nth=2)
    with pytest.raises(RetuneError, match="SERVICE-UNAVAILABLE"):
        bring_model(production, request, "a" * 64, uri)
    faults.clear()
    assert bring_model(production, request, "a" * 64, uri).model.startswith("projects/")


def test_a_model_of_a_multi_region_gets_an_endpoint_there(line: Line, production: Step, test_set: TestSet) -> None:
    serve(line, "m", "run-1")
    request = approved(plan_promotion(line.step, production, "prod", test_set))
    plan, _ = begin_promotion(production, request)
    uri = production.ledger.write_run(production.run_id, "plan.json", plan)
    assert "/locations/eu/" in bring_model(production, request, "m" * 64, uri).endpoint


@pytest.mark.parametrize("what", ["source", "destination", "test set"])
def test_an_approval_holds_for_what_was_approved_only(
    line: Line, production: Step, test_set: TestSet, what: str
) -> None:
    serve(line, "a", "run-1")
    request = approved(plan_promotion(line.step, production, "prod", test_set))
    if what == "source":
        serve(line, "b", "run-2")
    elif what == "test set":
        production.storage.write(test_set.uri, TEST_LINE % 1)
    else:
        pointer = line.step.storage.read(f"{line.step.ledger.root}/champion.json")
        production.storage.write(f"{production.ledger.root}/champion.json", pointer)
    with pytest.raises(RetuneError, match="PROMOTE-CHANGED"):
        begin_promotion(production, request)


def test_what_cannot_be_promoted_says_why(line: Line, production: Step, test_set: TestSet) -> None:
    with pytest.raises(RetuneError, match="PROMOTE-NONE"):
        plan_promotion(line.step, production, "prod", test_set)
    let_serve(line.step, line.versions["a"])
    with pytest.raises(RetuneError, match="PROMOTE-RECORD"):
        plan_promotion(line.step, production, "prod", test_set)
    serve(line, "a", "run-1")
    with pytest.raises(RetuneError, match="CONFIG-SHARED: the environments prod and this one have the same bucket"):
        plan_promotion(line.step, line.step, "prod", test_set)
    production.storage.write(
        f"{production.ledger.root}/champion.json",
        encode(line.step.ledger.champion()[0]),  # type: ignore[index]
    )
    with pytest.raises(RetuneError, match="serves in prod already"):
        plan_promotion(line.step, production, "prod", test_set)
