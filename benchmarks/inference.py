"""`python -m benchmarks.inference`: how fast a test set is asked, what a request costs the client, and memory.

Answers come 50 ms after their requests, so 64 in flight could have 1,280 a second. First from a server that does
nothing else and takes a fraction of a client's time, so that the rate is the client's (`benchmarks.delayed_answers`);
then from local Vertex, which checks every request and answers it. Beside both stands the rate of `put_load`, a client
that does nothing. Client and server each have a processor of their own only where nobody else works.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
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
FEW = 600
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


Client = Callable[[list[TestExample]], Awaitable[None]]


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


async def bare_httpx(wanted: list[TestExample], base_url: str) -> None:
    """The loop that one would write: one httpx client, a request, its JSON."""
    limits = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
    left = iter(wanted)
    async with httpx.AsyncClient(base_url=base_url, limits=limits, timeout=120) as web:

        async def work() -> None:
            for one in left:
                body = request_body(one.request, {})
                reply = await web.post(PATH, json=body, headers={"authorization": "Bearer local"})
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


@contextmanager
def delayed_answers() -> Iterator[str]:
    """The address of a server that only waits and answers."""
    command = [sys.executable, "-m", "benchmarks.delayed_answers", str(ANSWER_S)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def compare(console: Console, name: str, base_url: str, requests: int, folder: str, others: dict[str, Client]) -> None:
    """Measure clients on a server, and print.

    Args:
        console: Where to print.
        name: The server's.
        base_url: Its address.
        requests: How many are sent by Retune, and by a client that does nothing.
        folder: Where answers are stored.
        others: Other clients by name, which are slower and send no more than 600.
    """
    os.environ["GOOGLE_VERTEX_BASE_URL"] = base_url
    wanted, ideal = examples(requests), IN_FLIGHT / ANSWER_S
    body = json.dumps(request_body(wanted[0].request, {})).encode()
    most = put_load(("127.0.0.1", int(base_url.rpartition(":")[2])), PATH, body, IN_FLIGHT, 1e9, requests).rate
    rates = {"retune": timed(lambda: ours(wanted, f"{folder}/answers of {name}"), requests)}
    few = wanted[:FEW]
    rates |= {client: timed(lambda ask=ask: ask(few), len(few)) for client, ask in others.items()}  # type: ignore[misc]
    console.print(f"{name}: {IN_FLIGHT} in flight, answers after {ANSWER_S * 1000:.0f} ms, {requests:,} requests")
    console.print(f"  a client that does nothing {most:7,.0f} /s   {most / ideal:.0%} of the ideal {ideal:,.0f} /s")
    for client, rate in rates.items():
        share = f"{rate.per_second / ideal:.0%} of the ideal, {rate.per_second / most:.0%} of that"
        console.print(f"  {client:<26} {rate.per_second:7,.0f} /s   {share}; client {rate.cpu_ms:.2f} ms a request")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=3_000)
    parser.add_argument("--rows", type=int, default=100_000, help="of the run whose memory is measured; 0 for none")
    asked, console = parser.parse_args(), Console()
    console.print(machine())
    with tempfile.TemporaryDirectory() as folder, delayed_answers() as bare:
        server = servers.start(Path(folder) / "state", ephemeral=True)
        try:
            os.environ.update(server.environment())
            others: dict[str, Client] = {
                "bare httpx loop": lambda few: bare_httpx(few, bare),
                "google-genai": google_genai,
            }
            compare(console, "bare server", bare, asked.requests, folder, others)
            httpx.post(
                f"{server.base_url}/_faults", json={"action": "late_reply", "path": ":generate", "delay_s": ANSWER_S}
            )
            compare(console, "local Vertex", server.base_url, asked.requests, folder, {})
        finally:
            server.stop()
    if asked.rows:
        memory = measure(MEMORY, arguments=[str(asked.rows)])
        used = f"{memory.peak / 2**20:.0f} MiB at most, {memory.cpu_seconds:.0f} s of processor time"
        console.print(f"{asked.rows:,} rows: {used}")


if __name__ == "__main__":
    sys.exit(main())
