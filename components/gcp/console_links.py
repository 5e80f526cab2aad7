"""Addresses that a person opens in a browser: of Google's console, or of local Vertex's where that is used."""

from __future__ import annotations

import os
import urllib.parse

from components.gcp.cloud_settings import CloudSettings
from components.gcp.resource_names import location_of, short_id

CONSOLE = "https://console.cloud.google.com/vertex-ai"


def run_page(cloud: CloudSettings, run_id: str) -> str:
    """The page of a pipeline run."""
    if local := _local():
        return f"{local}/console/projects/{cloud.project}/locations/{cloud.location}/pipelineJobs/{run_id}"
    return f"{CONSOLE}/pipelines/locations/{cloud.location}/runs/{run_id}?project={cloud.project}"


def endpoint_page(cloud: CloudSettings, endpoint: str) -> str:
    """The page of an endpoint.

    Args:
        cloud: Project and region.
        endpoint: Resource name.
    """
    if local := _local():
        return f"{local}/console/{endpoint}"
    location = location_of(endpoint, default=cloud.location)
    return f"{CONSOLE}/online-prediction/locations/{location}/endpoints/{short_id(endpoint)}?project={cloud.project}"


def object_page(uri: str) -> str:
    """Where a browser shows a stored object to those who may read it.

    Source: https://docs.cloud.google.com/storage/docs/access-control/cookie-based-authentication
    """
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    if host := os.environ.get("STORAGE_EMULATOR_HOST"):
        return f"{host.rstrip('/')}/download/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}?alt=media"
    return f"https://storage.cloud.google.com/{bucket}/{urllib.parse.quote(name)}"


def _local() -> str:
    return os.environ.get("VERTEX_API_ENDPOINT", "").rstrip("/")
