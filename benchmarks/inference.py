"""`python -m benchmarks.inference`: how fast a test set is asked, what a request costs the client, and memory.

The server waits 50 ms before each answer, so 64 in flight could have 1,280 answers a second. It has a
processor of its own only where there are two and nobody else works: read the rate beside that of `put_load`, a client
that does nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import httpx
from rich.console import Console

from benchmarks.load import put_load
from benchmarks.processes import machine, measure
from components.evaluation.inference import run_inference
from components.evaluation.local_parts import LocalParts
from components.evaluation.requests import TestExample, load_test_examples
from components.evaluation.rows import RowStore
from components.gcp import clients
from components.gcp.generation import Generator, request_body
from local_vertex import server as servers

PROJECT, LOCATION, MODEL = "p", "us-central1", "gemini-2.5-flash"
PATH = f"/v1/projects/{PROJECT}/locations/{LOCATION}/publishers/google/models/{MODEL}:generateContent"
ANSWER_S = 0.05
IN_FLIGHT = 64
MEMORY = """
import asyncio, sys, tempfile
from benchmarks.inference import examples
from components.evaluation.inference import run_inference
from components.evaluation.local_parts import LocalParts
from components.evaluation.rows import RowStore
from components.gcp.answers import Answer
from components.gcp.storage import Storage
import google.cloud.storage
async def ask(request):
    await asyncio.sleep(0)
    return Answer("card_arrival, because the customer asks where the card is", "STOP", "", 30, 12, 50.0, 1)
with tempfile.TemporaryDirectory() as folder:
    rows = asyncio.run(run_inference(examples(int(sys.argv[1])), ask, RowStore(LocalParts(), folder), concurrency=64))
    assert len(rows) == int(sys.argv[1])
"""


class Rate(NamedTuple):
    """Answers per second, and processor time of the client per answer in milliseconds."""

    per_second: float
    cpu_ms: float


def examples(rows: int) -> list[TestExample]:
    """A test set of questions of some 300 characters."""
    return load_test_examples([_line(number) for number in range(rows)], seed=7)


def _line(number: int) -> bytes:
    question = f"Ticket {number}: " + "I ordered a card two weeks ago and it is still not here. " * 5
    turns = [("user", question), ("model", "card_arrival")]
    return json.dumps({"contents": [{"role": role, "parts": [{"text": text}]} for role, text in turns]}).encode()


def timed(run: Callable[[], Awaitable[object]], requests: int) -> Rate:
    """What asking so many costs."""
    started, used = time.perf_counter(), time.process_time()
    asyncio.run(run())  # type: ignore[arg-type]
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    return Rate(requests / seconds, cpu / requests * 1000)


async def ours(wanted: list[TestExample], folder: str) -> None:
    """As an evaluation asks: retries, rows, storing."""
    async with Generator(PROJECT, LOCATION, MODEL) as generator:
        rows = await run_inference(wanted, generator.ask, RowStore(LocalParts(), folder), concurrency=IN_FLIGHT)
    assert all(row.answered for row in rows)


async def bare_httpx(wanted: list[TestExample], base_url: str, token: str) -> None:
    """The loop that one would write: one httpx client, a request, its JSON."""
    limits = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
    left = iter(wanted)
    async with httpx.AsyncClient(base_url=base_url, limits=limits, timeout=120) as web:

        async def work() -> None:
            for one in left:
                body = request_body(one.request, {})
                reply = await web.post(PATH, json=body, headers={"authorization": f"Bearer {token}"})
                assert reply.raise_for_status().json()["candidates"]

        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))


async def google_genai(wanted: list[TestExample]) -> None:
    """The same with Google's client."""
    client, left = clients.genai_client(PROJECT, LOCATION), iter(wanted)

    async def work() -> None:
        for one in left:
            answer = await client.aio.models.generate_content(model=MODEL, contents=one.request["contents"])
            assert answer.candidates

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=3_000)
    parser.add_argument("--rows", type=int, default=100_000, help="of the run whose memory is measured")
    asked, console = parser.parse_args(), Console()
    console.print(machine())
    wanted, ideal = examples(asked.requests), IN_FLIGHT / ANSWER_S
    with tempfile.TemporaryDirectory() as folder:
        server = servers.start(Path(folder) / "state", ephemeral=True)
        try:
            os.environ.update(server.environment())
            httpx.post(f"{server.base_url}/_faults", json={"action": "delay", "path": ":generate", "delay_s": ANSWER_S})
            body = json.dumps(request_body(wanted[0].request, {})).encode()
            address = ("127.0.0.1", int(server.base_url.rpartition(":")[2]))
            most = put_load(address, PATH, body, IN_FLIGHT, 1e9, asked.requests).rate
            rates = {
                "retune": timed(lambda: ours(wanted, f"{folder}/answers"), asked.requests),
                "bare httpx loop": timed(lambda: bare_httpx(wanted, server.base_url, "local"), asked.requests),
                "google-genai": timed(lambda: google_genai(wanted), asked.requests),
            }
        finally:
            server.stop()
    console.print(f"{IN_FLIGHT} in flight, answers after {ANSWER_S * 1000:.0f} ms, {asked.requests:,} requests")
    console.print(f"  most that the server gives   {most:7,.0f} /s   {most / ideal:.0%} of the ideal {ideal:,.0f} /s")
    for name, rate in rates.items():
        console.print(
            f"  {name:<28} {rate.per_second:7,.0f} /s   {rate.per_second / ideal:.0%} of the ideal, "
            f"{rate.per_second / most:.0%} of the most; client {rate.cpu_ms:.2f} ms a request, "
            f"{rate.cpu_ms / rates['bare httpx loop'].cpu_ms:.2f} x the httpx loop"
        )
    memory = measure(MEMORY, arguments=[str(asked.rows)])
    console.print(
        f"{asked.rows:,} rows: {memory.peak / 2**20:.0f} MiB at most, {memory.cpu_seconds:.0f} s of processor time"
    )


if __name__ == "__main__":
    sys.exit(main())
