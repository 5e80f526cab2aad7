"""JSON over HTTP to Google services that are called once in a run, for which no client library is worth installing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from components.gcp.clients import REQUEST_TIMEOUT_S, credentials
from components.gcp.service_errors import as_service_error, from_status

if TYPE_CHECKING:
    from google.auth.transport.requests import AuthorizedSession

ATTEMPTS = 4
PAUSE_S = 0.25
REPEATED_STATUS = (429, 500, 502, 503, 504)


def get_json(service: str, path: str, doing: str, where: str) -> dict[str, Any]:
    """The reply to one GET; see `post_json`."""
    return _call("GET", service, path, None, doing, where)


def post_json(service: str, path: str, body: dict[str, Any], doing: str, where: str) -> dict[str, Any]:
    """The reply to one POST, which is repeated while the service cannot be reached or refuses for now.

    With `VERTEX_API_ENDPOINT` set, local Vertex is called.

    Args:
        service: Host without its domain, for example `pubsub`.
        path: Path with its version, for example `/v1/projects/P/topics/T:publish`.
        body: JSON.
        doing: What is done, as a clause for the error.
        where: The resource concerned.

    Raises:
        RetuneError: `SERVICE-…`.
    """
    return _call("POST", service, path, body, doing, where)


def _call(method: str, service: str, path: str, body: dict[str, Any] | None, doing: str, where: str) -> dict[str, Any]:
    host = os.environ.get("VERTEX_API_ENDPOINT") or f"https://{service}.googleapis.com"
    with as_service_error(doing, where):
        reply = repeating_session().request(method, f"{host.rstrip('/')}{path}", json=body, timeout=REQUEST_TIMEOUT_S)
        if reply.ok:
            found: dict[str, Any] = reply.json()
            return found
    raise from_status(doing, where, int(reply.status_code), _message(reply))


def repeating_session(attempts: int = ATTEMPTS, pause_s: float = PAUSE_S, jitter_s: float = 0.0) -> AuthorizedSession:
    """Connections that repeat every request while the service cannot be reached or refuses for now.

    Args:
        attempts: How often a request is repeated.
        pause_s: Before the second repetition, seconds; it doubles from then on.
        jitter_s: What is added to a pause at random, seconds at most.
    """
    from google.auth.transport.requests import AuthorizedSession
    from requests.adapters import HTTPAdapter
    from urllib3.util.retry import Retry

    session = AuthorizedSession(credentials())
    again = Retry(
        attempts,
        backoff_factor=pause_s,
        backoff_jitter=jitter_s,
        status_forcelist=REPEATED_STATUS,
        allowed_methods=None,
        raise_on_status=False,
    )
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=again))
    return session


def _message(reply: Any) -> str:
    try:
        return str(reply.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return str(reply.reason)
