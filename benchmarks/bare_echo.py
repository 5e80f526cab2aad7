"""`python -m benchmarks.bare_echo`: the framework of local Vertex with one route that sends the JSON body back."""

from __future__ import annotations

import json
import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def echo(request: Request) -> Response:
    """The body, parsed and written again."""
    return JSONResponse(json.loads(await request.body()))


def main() -> None:
    """Say the port and serve until the process is ended."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(1024)
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    app = Starlette(routes=[Route("/echo", echo, methods=["POST"])])
    # The same protocol and loop as local Vertex; see local_vertex/process.py.
    config = uvicorn.Config(app, http="h11", ws="none", log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
