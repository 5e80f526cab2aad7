"""`python -m tests.tuning_kills --kills 200`: kills tuning tasks so often, and prints what they were doing."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from local_vertex.server import start
from tests.tuning_kills.rounds import kill_tasks


def main() -> None:
    """Run the rounds on a local Vertex of their own and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder), ephemeral=True, idle_shutdown_s=3600)
        os.environ.update(server.environment())
        try:
            counts = kill_tasks(server, asked.kills, asked.seed, lambda line: sys.stderr.write(f"{line}\n"))
        finally:
            server.stop()
    sys.stdout.write(f"{time.perf_counter() - started:,.0f} s, seed {asked.seed}\n")
    for what, count in sorted(counts.items()):
        sys.stdout.write(f"{count:>10,}  {what}\n")


if __name__ == "__main__":
    main()
