"""`python -m benchmarks.delayed_answers SECONDS`: a server that answers `generateContent` after so many seconds.

It reads nothing of a request but its length and writes the same bytes to all, so that it takes a fraction of what a
client takes, and a client's rate is the client's.
"""

from __future__ import annotations

import asyncio
import json
import sys

ANSWER = json.dumps(
    {
        "candidates": [
            {
                "content": {"role": "model", "parts": [{"text": "card_arrival"}]},
                "finishReason": "STOP",
                "avgLogprobs": 0.0,
            }
        ],
        "usageMetadata": {"promptTokenCount": 80, "candidatesTokenCount": 3, "totalTokenCount": 83},
        "modelVersion": "gemini-2.5-flash",
        "createTime": "2026-11-26T00:00:00Z",
        "responseId": "0123456789abcdef01234567",
    }
).encode()
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER)
LENGTH = b"content-length:"


class DelayedAnswers(asyncio.Protocol):
    """One connection: a request, a pause, the answer, the next request."""

    def __init__(self, pause_s: float) -> None:
        self._pause_s, self._received = pause_s, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Answer when the request is whole."""
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head):
            self._received = b""
            asyncio.get_running_loop().call_later(self._pause_s, self._transport.write, REPLY)


def _length(head: bytes) -> int:
    lower = head.lower()
    start = lower.index(LENGTH) + len(LENGTH)
    return int(lower[start : lower.find(b"\r\n", start) if b"\r\n" in lower[start:] else None])


async def serve(pause_s: float) -> None:
    """Say the port and serve until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: DelayedAnswers(pause_s), "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
