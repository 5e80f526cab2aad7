"""`python -m tests.rollouts --rounds 100`: so many rollouts with random faults and kills, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.by_hand import own_server, print_counts
from tests.rollouts.rounds import rollout_rounds


def run(rounds: int, seed: int) -> Mapping[str, int]:
    """The rounds on a local Vertex of their own."""
    with own_server() as server:
        return rollout_rounds(server.base_url, rounds, seed)


if __name__ == "__main__":
    print_counts(__doc__, "rounds", 100, run)
