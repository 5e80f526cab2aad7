"""Rounds of releasing and rolling back under faults and kills, and looking at what is there afterwards."""

from __future__ import annotations

import random
from collections import Counter

import httpx

from components.endpoint_deployment.history import read_release
from components.endpoint_deployment.settle import drift, settle_after_run
from components.gcp.endpoints import Endpoints
from components.gcp.ledger import Champion
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel
from tests.components.releases.lines import LATER, let_serve, open_line, tune_versions
from tests.rollouts.rollout import attempt, draw_faults

LINE = "rounds"
LONGEST_S = 1.5
"""A rollout without faults takes about so long."""


def rollout_rounds(
    base_url: str, rounds: int, seed: int, versions: dict[str, TunedModel] | None = None, line: str = LINE
) -> Counter[str]:
    """Roll out or back so often under faults and kills, and check after each; what happened, counted.

    Args:
        base_url: Local Vertex, to which the environment leads Google's clients.
        rounds: How often.
        seed: Decides which version, which faults, and when the kill comes.
        versions: Tuned versions by letter; tuned now when not given.
        line: The model line.

    Raises:
        AssertionError: The traffic, the ledger or the endpoint is not as it must be.
    """
    draw, counts = random.Random(seed), Counter[str]()
    found = versions or tune_versions()
    candidates = [found[letter] for letter in "abc"]
    step = open_line(line, "run-0")
    endpoint = let_serve(step, candidates[0]).champion.endpoint
    with httpx.Client(base_url=base_url) as web:
        for number in range(1, rounds + 1):
            before = step.ledger.champion()
            assert before
            tuned = None if draw.random() < 0.15 else draw.choice(candidates)
            killed_after = draw.uniform(0, LONGEST_S) if draw.random() < 0.5 else None
            for rule in draw_faults(draw):
                web.post("/_faults", json=rule).raise_for_status()
            outcome = attempt(line, f"run-{number}", tuned, killed_after)
            struck = sum(bool(rule["fired"]) for rule in web.get("/_faults").json()["faults"])
            web.delete("/_faults").raise_for_status()
            counts[f"ended as {outcome}"] += 1
            counts["faults that struck"] += struck
            counts["sums to 100 at once"] += _sum(step, endpoint) == 100
            drifted = drift(step)
            counts["were left to the next one"] += bool(drifted) or step.ledger.read_rollout(dict) is not None
            settle_after_run(open_line(line, f"after-{number}"), LATER)
            after = check(step, endpoint, before[0], tuned)
            counts["rounds"] += 1
            counts["moved the champion"] += after != before[0]
    return counts


def check(step: Step, endpoint: str, before: Champion, tuned: TunedModel | None) -> Champion:
    """The champion, after everything was found to agree with it."""
    seen = step.ledger.champion()
    assert seen
    champion = seen[0]
    live = {one.model: one.traffic for one in Endpoints(step.cloud).deployments(endpoint)}
    assert sum(live.values()) == 100, live
    assert live[champion.model] == 100, (champion, live)
    assert champion == before or tuned is None or champion.model == tuned.model, (before, champion, tuned)
    record = read_release(step.ledger, champion.release)
    assert record
    assert record.champion == champion
    assert champion == before or record.previous == before
    assert drift(step) == []
    assert step.ledger.read_rollout(dict) is None
    assert len(live) <= 2, f"orphans: {live}"
    return champion


def _sum(step: Step, endpoint: str) -> int:
    return sum(one.traffic for one in Endpoints(step.cloud).deployments(endpoint))
