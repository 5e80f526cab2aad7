"""Secret Manager: what must not stand in a configuration, because the log of every task shows that."""

from __future__ import annotations

import base64

from components.gcp.google_http import get_json

VERSION = r"projects/[^/\s]+/secrets/[A-Za-z0-9_-]{1,255}/versions/([0-9]+|latest|[A-Za-z][A-Za-z0-9_-]{0,62})"
"""Full name of a secret's version: its number, `latest`, or an alias."""


def read_secret(version: str) -> str:
    """The text of a secret, without spaces around it: an editor ends a file with a line break.

    Source: https://docs.cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access

    Args:
        version: `projects/P/secrets/S/versions/V`.

    Raises:
        RetuneError: `SERVICE-…`; it does not contain the secret.
    """
    found = get_json("secretmanager", f"/v1/{version}:access", "reading the secret", version)
    return base64.b64decode(found["payload"]["data"]).decode("utf-8", "replace").strip()
