"""`python -m benchmarks.local_vertex`: many clients on generateContent against the bare framework, and its memory.

Ends with status 1 when a request failed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
from rich.console import Console

from benchmarks.load import Load, put_load
from local_vertex import server as servers

ASK = "/v1/projects/p/locations/us-central1/publishers/google/models/gemini-2.5-flash:generateContent"
BODY = {
    "contents": [{"role": "user", "parts": [{"text": "The export of report 7 ends after 30 seconds. Which topic?"}]}],
    "generationConfig": {"temperature": 0, "maxOutputTokens": 16},
}
WARM_UP = 2_000
ROUNDS = 3
ENDLESS = 10**9


def main() -> int:
    """Measure, print, and say by the status whether every request was answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each of three rounds on either server")
    parser.add_argument("--requests", type=int, default=100_000, help="of the run that the memory is measured over")
    asked = parser.parse_args()
    console, body = Console(), json.dumps(BODY).encode()
    echo = subprocess.Popen([sys.executable, "-m", "benchmarks.bare_echo"], stdout=subprocess.PIPE, text=True)
    with tempfile.TemporaryDirectory() as folder:
        server = servers.start(Path(folder), ephemeral=True)
        try:
            assert echo.stdout is not None
            bare = ("127.0.0.1", int(echo.stdout.readline()))
            ours = ("127.0.0.1", int(server.base_url.rpartition(":")[2]))
            process = psutil.Process(server.pid)
            warm = put_load(ours, ASK, body, asked.clients, ENDLESS, WARM_UP)
            before = process.memory_info().rss
            rounds: list[tuple[Load, Load]] = []
            for _ in range(ROUNDS):
                # Side by side in time, because other work on the machine comes and goes.
                one = put_load(ours, ASK, body, asked.clients, asked.seconds, ENDLESS)
                rounds.append((one, put_load(bare, "/echo", body, asked.clients, asked.seconds, ENDLESS)))
            done = sum(len(one.latencies) for one, _ in rounds)
            rest = put_load(ours, ASK, body, asked.clients, ENDLESS, max(asked.clients, asked.requests - done))
            after = process.memory_info().rss
        finally:
            server.stop()
            echo.terminate()
            echo.wait()
    loads = [warm, rest, *(load for pair in rounds for load in pair)]
    errors = sum(load.errors for load in loads)
    rate = statistics.median(one.rate / other.rate for one, other in rounds)
    p99 = statistics.median(one.p99 / other.p99 for one, other in rounds)
    console.print(
        f"{asked.clients} clients on generateContent, {done + len(rest.latencies):,} requests, {errors} errors"
    )
    console.print(f"requests per second / bare echo: {rate:.2f}    p99 / bare echo: {p99:.1f}")
    console.print(
        f"resident memory: {before / 2**20:.1f} MiB after {WARM_UP:,} requests, {after / 2**20:.1f} MiB at the end"
    )
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
