"""Fixtures that every test may use: a local Vertex in a process of its own, and the environment that leads to it."""

from __future__ import annotations

import functools
import os
import ssl
from collections.abc import Iterator

import pytest
from hypothesis import settings

from components.gcp import clients
from local_vertex.server import RunningServer, start

ABANDONED_AFTER_S = 3600
# Tables are as wide as the terminal that the tests were started in, which some of them read cell by cell.
os.environ.pop("COLUMNS", None)
# One thread, as in the workers of local Vertex: on a busy machine small products wait for each other's threads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Each HTTP client reads all certificates, for 40 ms; nothing here speaks TLS, and there are some thousand clients.
ssl.create_default_context = functools.cache(ssl.create_default_context)
# How long an example takes depends on what else the machine does. The same examples in every run: a red run is the
# fault of the change, never of a draw.
settings.register_profile("repeatable", deadline=None, derandomize=True)
# By hand, other examples in every run: `--hypothesis-profile=thorough`.
settings.register_profile("thorough", deadline=None, max_examples=300)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server for the whole session; tests keep apart by projects and buckets of their own."""
    running = start(tmp_path_factory.mktemp("local-vertex"), ephemeral=True, idle_shutdown_s=ABANDONED_AFTER_S)
    yield running
    running.stop()


@pytest.fixture
def vertex_env(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    """The session's server, with this process's environment leading Google's clients to it."""
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    clients.credentials.cache_clear()
    yield server
    clients.credentials.cache_clear()
