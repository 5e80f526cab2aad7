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


def cpu_seconds(process: psutil.Process) -> float:
    """Processor time that a process has used."""
    used = process.cpu_times()
    return float(used.user + used.system)


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
            process, other_process = psutil.Process(server.pid), psutil.Process(echo.pid)
            warm = put_load(ours, ASK, body, asked.clients, ENDLESS, WARM_UP)
            before = process.memory_info().rss
            rounds: list[tuple[Load, Load]] = []
            work: list[float] = []
            for _ in range(ROUNDS):
                # Side by side in time, because other work on the machine comes and goes.
                used = cpu_seconds(process), cpu_seconds(other_process)
                one = put_load(ours, ASK, body, asked.clients, asked.seconds, ENDLESS)
                other = put_load(bare, "/echo", body, asked.clients, asked.seconds, ENDLESS)
                rounds.append((one, other))
                per_request = (cpu_seconds(process) - used[0]) / len(one.latencies)
                work.append(per_request / (cpu_seconds(other_process) - used[1]) * len(other.latencies))
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
    # The clients share the machine and may be what is slowest; this ratio does not depend on them.
    console.print(f"processor time per request / bare echo: {statistics.median(work):.2f}")
    console.print(
        f"resident memory: {before / 2**20:.1f} MiB after {WARM_UP:,} requests, {after / 2**20:.1f} MiB at the end"
    )
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
