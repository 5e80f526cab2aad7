"""Many clients at once on one address, each with a connection of its own that it keeps."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

CONTENT_LENGTH = b"content-length:"


@dataclass(slots=True)
class Load:
    """What came of it.

    Attributes:
        seconds: How long it took.
        latencies: Seconds from request to reply, of every request.
        errors: Replies other than 200, and connections that broke.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: int = 0

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.latencies) / self.seconds

    @property
    def p99(self) -> float:
        """The 99th percentile of the latencies, seconds."""
        return sorted(self.latencies)[int(len(self.latencies) * 0.99)]


def put_load(address: tuple[str, int], path: str, body: bytes, clients: int, seconds: float, most: int) -> Load:
    """POST the body again and again.

    Args:
        address: Host and port.
        path: Path of the requests.
        body: A JSON body.
        clients: How many at once.
        seconds: For how long at most.
        most: How many requests at most.
    """
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nAuthorization: Bearer local\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    load = Load()
    asyncio.run(_run(load, address, head.encode() + body, clients, seconds, most))
    return load


async def _run(load: Load, address: tuple[str, int], request: bytes, clients: int, seconds: float, most: int) -> None:
    started = time.perf_counter()
    left = iter(range(most))
    await asyncio.gather(*(_client(load, address, request, started + seconds, left) for _ in range(clients)))
    load.seconds = time.perf_counter() - started


async def _client(load: Load, address: tuple[str, int], request: bytes, end: float, left: object) -> None:
    reader, writer = await asyncio.open_connection(*address)
    try:
        while time.perf_counter() < end and next(left, None) is not None:  # type: ignore[call-overload]
            asked = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(CONTENT_LENGTH))
            await reader.readexactly(int(length[len(CONTENT_LENGTH) :]))
            load.latencies.append(time.perf_counter() - asked)
            load.errors += not head.startswith(b"HTTP/1.1 200 ")
    except (OSError, asyncio.IncompleteReadError):
        load.errors += 1
    finally:
        writer.close()
