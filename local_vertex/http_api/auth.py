"""Credentials for local Vertex: a file that Google's clients find a token in, and an endpoint that renews tokens."""

from __future__ import annotations

import json
import os
from pathlib import Path

from local_vertex.calls import Json, ServiceError

KEY_FILE = "adc.json"
_ACCESS = "local-vertex"
_LIFETIME_S = 3600
_KEY: Json = {
    "type": "authorized_user",
    "account": "retune@local-vertex.iam.gserviceaccount.com",
    "token": _ACCESS,
    "expiry": "9999-12-31T00:00:00Z",
    "refresh_token": None,
    "client_id": None,
    "client_secret": None,
}


def token() -> Json:
    """The reply of the token endpoint (RFC 6749 section 5.1); any grant is accepted."""
    return {"access_token": _ACCESS, "expires_in": _LIFETIME_S, "token_type": "Bearer"}


def require_bearer(authorization: str) -> None:
    """Refuse a request without credentials; any bearer token is accepted.

    Raises:
        ServiceError: 401.
    """
    if not authorization.startswith("Bearer "):
        raise ServiceError(
            401,
            "UNAUTHENTICATED",
            "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or "
            "other valid authentication credential.",
        )


def key_file(directory: Path) -> Path:
    """Application Default Credentials with a token that this server takes and that never expires, for the owner only.

    The token is a user's, because google-auth asks `iamcredentials.googleapis.com` for the allowed locations of every
    service account in the background (2.62, `_regional_access_boundary_utils.py`), and renews a user's token at
    `oauth2.googleapis.com` whatever the file says; without a refresh token it asks neither.

    Args:
        directory: State directory.
    """
    file = directory / KEY_FILE
    text = json.dumps(_KEY, indent=2)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        _write_private(file, text)
    return file


def _write_private(file: Path, text: str) -> None:
    incoming = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    incoming.replace(file)
