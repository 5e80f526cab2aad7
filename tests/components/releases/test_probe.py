"""Probes: what is asked before any traffic moves and at each step, and what stops a rollout."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from components.endpoint_deployment.history import read_release
from components.errors import RetuneError
from components.gcp.vertex_http import Reply, VertexHttp
from tests.components.releases.lines import LATER, Line, champion, let_serve, live
from tests.components.stand_ins import Faults

STEPS = {"steps": [10, 50, 100]}
GOLDEN = {"golden_prompts": [{"prompt": "question 1 about a", "contains": "a"}]}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many prompts each endpoint was asked."""
    counts: Counter[str] = Counter()
    post = VertexHttp.post

    async def recording(self: VertexHttp, path: str, body: bytes) -> Reply:
        counts[path.removeprefix("/v1/").removesuffix(":generateContent")] += 1
        return await post(self, path, body)

    monkeypatch.setattr(VertexHttp, "post", recording)
    return counts


def test_each_step_asks_the_version_itself_the_champion_anew_and_the_shared_endpoint(
    line: Line, asked: Counter[str]
) -> None:
    first, second = line.versions["a"], line.versions["b"]
    endpoint = let_serve(line.step, first).champion.endpoint
    asked.clear()
    made = let_serve(line.run("run-2", {**STEPS, **GOLDEN}), second)
    assert asked[second.endpoint] == 4 * (3 + 1), "three probes and a golden prompt before traffic and at each step"
    assert asked[first.endpoint] == 30 + 6 + 3
    assert asked[endpoint] == 3 + 30 + 6 + 3 + 1, "where the champion serves, then at each step, then a golden prompt"
    assert [(one.champion_asked, one.own_asked, one.golden) for one in made.steps] == [
        (3, 3, 1), (30, 3, 1), (6, 3, 1), (3, 3, 1),
    ]  # fmt: skip
    assert "golden prompts 1; champion 30 of 30 answered" in made.steps[1].sentence()


@pytest.mark.parametrize(
    ("nth", "code"), [(8, "DEPLOY-GOLDEN: with 10 %"), (5, "DEPLOY-PROBE: with 10 %"), (12, "DEPLOY-GOLDEN: with 50 %")]
)
def test_a_version_that_gets_worse_after_traffic_has_moved_does_not_take_over(
    line: Line, faults: Faults, nth: int, code: str
) -> None:
    """The shared endpoint would hardly show it: nine of ten prompts are answered by the champion there."""
    first, second = line.versions["a"], line.versions["b"]
    old = let_serve(line.step, first).champion
    faults.add(action="safety_block", path=f"{second.endpoint.rsplit('/', 1)[-1]}:generateContent", nth=nth)
    with pytest.raises(RetuneError, match=code):
        let_serve(line.run("run-2", {**STEPS, **GOLDEN}), second)
    assert live(line.step, old.endpoint) == {first.model: 100}
    assert champion(line.step) == old


def test_the_champion_is_held_against_what_it_does_now(line: Line, faults: Faults) -> None:
    """The service answers slower than when the rollout began, to both: that is not the new version's fault."""
    first, second = line.versions["a"], line.versions["b"]
    let_serve(line.step, first)
    stable = champion(line.step).endpoint.rsplit("/", 1)[-1]
    for endpoint, answered in ((first.endpoint, 0), (stable, 3)):
        for nth in range(answered + 1, answered + 4):
            path = f"{endpoint.rsplit('/', 1)[-1]}:generateContent"
            faults.add(action="delay", delay_s=0.7, path=path, nth=nth)
    made = let_serve(line.run("run-2", {"max_latency_ratio": 1.1}), second)
    assert (made.steps[-1].champion_latency_p50_ms or 0) > 600


def test_errors_at_a_step_bring_the_champion_back(line: Line, faults: Faults) -> None:
    first, second = line.versions["a"], line.versions["b"]
    old = let_serve(line.step, first).champion
    stable = old.endpoint.rsplit("/", 1)[-1]
    faults.add(action="safety_block", path=f"{stable}:generateContent", nth=10)
    with pytest.raises(RetuneError, match=r"DEPLOY-ERRORS: with 10 % of the traffic .* 1 of 30 prompts fail"):
        let_serve(line.run("run-2", STEPS), second)
    assert live(line.step, old.endpoint) == {first.model: 100}
    assert champion(line.step) == old
    assert read_release(line.step.ledger, 2) is None
    assert line.step.ledger.read_rollout(dict) is None


def test_what_fails_at_the_champion_too_does_not_stop_its_successor(line: Line, faults: Faults) -> None:
    stable = let_serve(line.step, line.versions["a"]).champion.endpoint.rsplit("/", 1)[-1]
    faults.add(action="status", status=400, path=f"{stable}:generateContent", times=33)
    assert let_serve(line.run("run-2", {"steps": [10, 100]}), line.versions["b"], LATER).number == 2


def test_a_slow_version_does_not_take_over(line: Line, faults: Faults) -> None:
    first, second = line.versions["a"], line.versions["b"]
    old = let_serve(line.step, first).champion
    faults.add(action="delay", delay_s=1.0, path=f"{second.endpoint.rsplit('/', 1)[-1]}:generateContent")
    with pytest.raises(RetuneError, match="DEPLOY-SLOW: with 0 % of the traffic"):
        let_serve(line.run("run-2", {"max_latency_ratio": 1.5}), second)
    assert live(line.step, old.endpoint) == {first.model: 100}


def test_probes_are_sent_as_the_version_was_tuned_without_thinking_and_response_schema(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: dict[str, list[dict[str, object]]] = {}
    post = VertexHttp.post

    async def recording(self: VertexHttp, path: str, body: bytes) -> Reply:
        sent.setdefault(path, []).append(json.loads(body)["generationConfig"])
        return await post(self, path, body)

    monkeypatch.setattr(VertexHttp, "post", recording)
    golden = {"golden_prompts": [{"prompt": "question 1 about a", "contains": "a"}]}
    let_serve(line.run("run-1", golden), line.versions["a"])
    configs = [config for asked in sent.values() for config in asked]
    assert {json.dumps(config["thinkingConfig"]) for config in configs} == {'{"thinkingBudget": 0}'}
    assert {key for config in configs for key in config} <= {"temperature", "seed", "thinkingConfig"}
    sent.clear()
    let_serve(line.run("run-2", golden), line.versions["m"])
    minimal = sent[f"/v1/{line.versions['m'].endpoint}:generateContent"]
    assert {json.dumps(config["thinkingConfig"]) for config in minimal} == {'{"thinkingLevel": "MINIMAL"}'}
