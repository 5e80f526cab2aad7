"""Where the server listens, and by which names it lets itself be called."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Callable

from local_vertex.server import LocalVertexError


def listener(host: str, port: int, *, allow_non_loopback: bool) -> socket.socket:
    """A listening socket, on loopback unless the user said so twice.

    Args:
        host: IP address, or `localhost`.
        port: Port; 0 lets the system choose.
        allow_non_loopback: The second time.

    Raises:
        LocalVertexError: The address is refused, or in use.
    """
    address = "127.0.0.1" if host == "localhost" else host
    try:
        loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        raise LocalVertexError(
            "LV-START-FAILED", f"'{host}' is no IP address", "give --host an address such as 127.0.0.1"
        ) from None
    if not loopback and not allow_non_loopback:
        raise LocalVertexError(
            "LV-START-FAILED",
            f"{address} can be reached from other machines, and local Vertex checks no credentials",
            "bind to 127.0.0.1, or say --allow-non-loopback as well",
        )
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # Named as TCP, because asyncio turns Nagle's algorithm off only on connections that are; else replies take 40 ms.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((address, port))
        found.listen(1024)
    except OSError as error:
        raise LocalVertexError(
            "LV-PORT-IN-USE" if error.errno == errno.EADDRINUSE else "LV-START-FAILED",
            f"cannot listen on {address}:{port}: {os.strerror(error.errno or 0)}",
            "stop what listens there, or choose another --port (0 lets the system choose)",
        ) from None
    return found


def host_check(port: int, *, anyone: bool) -> Callable[[str], bool]:
    """Whether a `Host` header names this server; with `anyone` every name does."""
    known = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
    return lambda host: anyone or host in known
