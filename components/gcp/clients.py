"""Client factory: every Google client that Retune uses is made here.

Credentials come from Application Default Credentials. Four environment variables point the clients at another
host, which is how a run uses local Vertex: `GOOGLE_VERTEX_BASE_URL` (read by google-genai), `STORAGE_EMULATOR_HOST`
(read by google-cloud-storage), `VERTEX_API_ENDPOINT` (read here, because the aiplatform clients have none) and
`BIGQUERY_EMULATOR_HOST` (the name that google-cloud-bigquery reads; read by `bigquery.py`).
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from google import genai
    from google.auth.credentials import Credentials
    from google.cloud import storage

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
REQUEST_TIMEOUT_S = 120.0

Gapic = TypeVar("Gapic")


def asks_google() -> bool:
    """Whether the clients ask Google's own hosts, and not local Vertex or another host that the environment names."""
    return not os.environ.get("GOOGLE_VERTEX_BASE_URL")


@functools.cache
def credentials() -> Credentials:
    """Application Default Credentials, looked up once per process."""
    import google.auth

    found, _ = google.auth.default(scopes=SCOPES)
    return found


def account() -> str:
    """E-mail of the account behind the credentials; empty where they do not tell."""
    found = credentials()
    return str(getattr(found, "service_account_email", "") or getattr(found, "account", "") or "")


def storage_client(project: str) -> storage.Client:
    """A Cloud Storage client; anonymous when `STORAGE_EMULATOR_HOST` is set, as the library decides."""
    from google.cloud import storage

    if os.environ.get("STORAGE_EMULATOR_HOST"):
        return storage.Client(project=project)
    return storage.Client(project=project, credentials=credentials())


def genai_client(project: str, location: str) -> genai.Client:
    """The process's Gen AI client for one location; each new one would read all certificates three times, for 0.15 s.

    Project and location are always passed: with a custom base URL google-genai drops the ones it finds in the
    environment and calls the wrong path (google-genai 2.34, `_api_client.py`).
    """
    return _genai_client(project, location, os.environ.get("GOOGLE_VERTEX_BASE_URL"), credentials())


@functools.cache
def _genai_client(project: str, location: str, base_url: str | None, found: Credentials) -> genai.Client:
    from google import genai
    from google.genai import types

    options = types.HttpOptions(base_url=base_url, timeout=int(REQUEST_TIMEOUT_S * 1000))
    return genai.Client(vertexai=True, project=project, location=location, credentials=found, http_options=options)


def gapic_client(client_class: type[Gapic], location: str) -> Gapic:
    """A low-level aiplatform client over REST for one location.

    REST and not gRPC, because local Vertex and company proxies speak HTTP/1.1.
    """
    host = {"us": "aiplatform.us.rep.googleapis.com", "eu": "aiplatform.eu.rep.googleapis.com"}.get(
        location, f"{location}-aiplatform.googleapis.com"
    )
    endpoint = os.environ.get("VERTEX_API_ENDPOINT") or host
    make = client_class  # the generated clients share this constructor but no base class
    return make(  # type: ignore[call-arg]
        transport="rest", credentials=credentials(), client_options={"api_endpoint": endpoint}
    )
