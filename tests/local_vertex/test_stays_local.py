"""With the environment of local Vertex, Google's clients ask nobody but this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap

from local_vertex.server import RunningServer

PROGRAM = textwrap.dedent("""
    import asyncio, json, os, sys, threading

    asked = set()

    def listen(event, arguments):
        if event == "socket.getaddrinfo":
            asked.add(str(arguments[0]))
        elif event == "socket.connect":
            asked.add(str(arguments[1][0]))

    sys.addaudithook(listen)

    from google import genai
    from google.cloud import aiplatform, aiplatform_v1, storage

    options = {"api_endpoint": os.environ["VERTEX_API_ENDPOINT"]}
    parent = "projects/stays/locations/us-central1"
    model = "gemini-2.5-flash"

    list(storage.Client(project="stays").list_buckets())
    list(aiplatform_v1.EndpointServiceClient(transport="rest", client_options=options).list_endpoints(parent=parent))
    client = genai.Client(vertexai=True, project="stays", location="us-central1")
    assert client.models.generate_content(model=model, contents="hello").text
    asyncio.run(client.aio.models.generate_content(model=model, contents="hello"))
    aiplatform.init(project="stays", location="us-central1", api_transport="rest", **options)
    aiplatform.Endpoint.list()
    # Lookups in the background are over, or have at least begun.
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(3)
    print(json.dumps(sorted(asked)))
""")


def test_no_client_asks_a_host_elsewhere(server: RunningServer) -> None:
    """Names are looked up and connections made in Python, whose audit events tell of all of them."""
    dropped = ("GOOGLE_", "STORAGE_EMULATOR", "VERTEX_", "CLOUDSDK_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**kept, **server.environment()}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == ["127.0.0.1"]
    assert done.stderr == ""
