"""What lets the Google Cloud console link a pipeline task to the resources it made."""

from __future__ import annotations

import json
from pathlib import Path

from components.gcp.resource_names import location_of


def api_url(name: str) -> str:
    """The API address of a resource, as `google.VertexModel` and `google.VertexEndpoint` artifacts carry it."""
    location = location_of(name, default="us-central1")
    host = f"aiplatform.{location}.rep" if location in ("us", "eu") else f"{location}-aiplatform"
    return f"https://{host}.googleapis.com/v1/{name}"


def write_gcp_resources(path: str, name: str, kind: str) -> None:
    """Write the `gcp_resources` output, the JSON form of `gcp_launcher.GcpResources`.

    Args:
        path: The output's local file.
        name: Resource name.
        kind: Resource type, for example `TuningJob`.
    """
    record = {"resources": [{"resourceType": kind, "resourceUri": api_url(name)}]}
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(record))
