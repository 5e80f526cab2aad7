"""`python -m tests.kills --kills 200`: kills local Vertex so often, and prints what was confirmed and what was not."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.by_hand import print_counts
from tests.kills.rounds import kill_rounds


def run(kills: int, seed: int) -> Mapping[str, int]:
    """The rounds in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        return kill_rounds(Path(folder), kills, seed)


if __name__ == "__main__":
    print_counts(__doc__, "kills", 200, run)
