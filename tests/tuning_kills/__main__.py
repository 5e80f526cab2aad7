"""`python -m tests.tuning_kills --kills 200`: kills tuning tasks so often, and prints what they were doing."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from tests.by_hand import own_server, print_counts
from tests.tuning_kills.rounds import kill_tasks


def run(kills: int, seed: int) -> Mapping[str, int]:
    """The rounds on a local Vertex of their own."""
    with own_server() as server:
        return kill_tasks(server, kills, seed, lambda line: sys.stderr.write(f"{line}\n"))


if __name__ == "__main__":
    print_counts(__doc__, "kills", 200, run)
