"""Google's evaluation clients on the session's server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from google.cloud.aiplatform_v1 import EvaluationServiceClient
from google.oauth2.credentials import Credentials

from local_vertex.server import RunningServer

Post = Callable[..., httpx.Response]


@pytest.fixture(scope="session")
def evaluator(server: RunningServer) -> EvaluationServiceClient:
    return EvaluationServiceClient(
        transport="rest", credentials=Credentials("local"), client_options={"api_endpoint": server.base_url}
    )


@pytest.fixture(scope="session")
def post(server: RunningServer) -> Post:
    """Sends a body to `evaluateInstances` as REST callers do."""

    def send(body: dict[str, Any], *, location: str = "us-central1", version: str = "v1beta1") -> httpx.Response:
        path = f"/{version}/projects/eval/locations/{location}:evaluateInstances"
        return httpx.post(server.base_url + path, json=body, headers={"authorization": "Bearer x"})

    return send
