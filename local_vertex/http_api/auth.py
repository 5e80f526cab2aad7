"""Credentials for local Vertex: a service-account key of its own, and the token that Google's clients trade it for."""

from __future__ import annotations

import json
import os
from pathlib import Path

from local_vertex.calls import Json, ServiceError

KEY_FILE = "adc.json"
_LIFETIME_S = 3600


def token() -> Json:
    """The reply of the token endpoint (RFC 6749 section 5.1); any assertion is accepted."""
    return {"access_token": "local-vertex", "expires_in": _LIFETIME_S, "token_type": "Bearer"}


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


def key_file(directory: Path, base_url: str) -> Path:
    """A service-account key file whose token endpoint is this server, readable by its owner only.

    Of all credential types, google-auth honours `token_uri` for `service_account` (google-auth 2.x).

    Args:
        directory: State directory.
        base_url: `http://127.0.0.1:PORT` of the server.
    """
    file = directory / KEY_FILE
    token_uri = f"{base_url}/token"
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"private_key": _private_key()}
    if known.get("token_uri") != token_uri:
        key = {
            "type": "service_account",
            "project_id": "local-vertex",
            "private_key_id": "local-vertex",
            "private_key": known["private_key"],
            "client_email": "retune@local-vertex.iam.gserviceaccount.com",
            "client_id": "1",
            "token_uri": token_uri,
        }
        _write_private(file, json.dumps(key, indent=2))
    return file


def _private_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def _write_private(file: Path, text: str) -> None:
    incoming = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    incoming.replace(file)
