"""What the server confirmed survives SIGKILL at any moment, and nothing else is left behind."""

from __future__ import annotations

import os
from pathlib import Path

from tests.kills.rounds import kill_rounds

KILLS = int(os.environ.get("RETUNE_KILLS", "10"))


def test_killed_servers_lose_nothing_that_they_confirmed(tmp_path: Path) -> None:
    counts = kill_rounds(tmp_path, KILLS, seed=11)
    assert counts["kills"] == KILLS
    # The rounds say nothing unless something was written and some of it was cut short; how much depends on the machine.
    assert counts["confirmed writes"] > KILLS
    assert counts["unsure writes"] > KILLS / 5
