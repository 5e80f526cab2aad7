"""Open client connections, so that a fault can cut one the way a broken network does."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_open: dict[tuple[str, int], asyncio.Transport] = {}


class TrackedConnection(HttpToolsProtocol):
    """Uvicorn's HTTP/1.1 connection with the parser in C, remembered by the client's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection."""
        super().connection_made(transport)
        self._peer: Any = tuple(transport.get_extra_info("peername")[:2])
        _open[self._peer] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        _open.pop(self._peer, None)
        super().connection_lost(exc)


def reset(client: tuple[str, int]) -> None:
    """Cut the client's connection with a TCP reset; what was sent but not yet delivered is lost."""
    transport = _open[client]
    # Linger of zero seconds makes close() send RST instead of FIN.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
