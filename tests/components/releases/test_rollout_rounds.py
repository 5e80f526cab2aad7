"""A few rounds of `python -m tests.rollouts`, which tries a hundred."""

from __future__ import annotations

from local_vertex.server import RunningServer
from tests.components.releases.lines import Line
from tests.rollouts.rounds import rollout_rounds


def test_whatever_fails_or_is_killed_the_traffic_follows_the_ledger(line: Line, server: RunningServer) -> None:
    counts = rollout_rounds(server.base_url, 6, seed=3, versions=line.versions, line=line.step.name)
    assert counts["rounds"] == 6
    assert counts["sums to 100 at once"] == 6
    assert counts["faults that struck"]
