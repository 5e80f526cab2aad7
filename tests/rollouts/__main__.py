"""`python -m tests.rollouts --rounds 100`: so many rollouts with random faults and kills, and what became of them."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from local_vertex import server as servers
from tests.rollouts.rounds import rollout_rounds


def main() -> None:
    """Run the rounds and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        server = servers.start(Path(folder), ephemeral=True, idle_shutdown_s=3600)
        os.environ.update(server.environment())
        try:
            counts = rollout_rounds(server.base_url, asked.rounds, asked.seed)
        finally:
            server.stop()
    sys.stdout.write(f"{time.perf_counter() - started:,.0f} s\n")
    for what, count in sorted(counts.items()):
        sys.stdout.write(f"{count:>10,}  {what}\n")


if __name__ == "__main__":
    main()
