"""Failures of Google's clients as errors that people can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from components.errors import RetuneError, service_error

TRANSIENT = frozenset({"SERVICE-UNAVAILABLE", "SERVICE-QUOTA"})
"""Codes of failures that may be over a moment later."""


@contextmanager
def as_service_error(doing: str, where: str = "") -> Iterator[None]:
    """Turn any client failure inside the block into a `RetuneError` that keeps its cause.

    Args:
        doing: What was being done, as a clause: "reading the tuning job".
        where: The resource concerned.

    Raises:
        RetuneError: `SERVICE-REFUSED` for a 4xx reply, `SERVICE-QUOTA` for 429, `SERVICE-CREDENTIALS` without
            credentials, `SERVICE-UNAVAILABLE` for everything else that went wrong between here and the service.
    """
    try:
        yield
    except Exception as error:
        found = _service_error(error, doing, where)
        if found is None:
            raise
        raise found from error


def _service_error(error: Exception, doing: str, where: str) -> RetuneError | None:
    """What a client's failure means; None for an exception that is not a client's."""
    # Here, because importing all clients takes a second, which only a failure is worth.
    import google.auth.exceptions
    import httpx
    import requests
    from google.api_core import exceptions as api
    from google.genai import errors as genai

    if isinstance(error, api.GoogleAPICallError):
        return from_status(doing, where, int(error.code or 500), str(error.message))
    if isinstance(error, genai.APIError):
        return from_status(doing, where, int(error.code), str(error.message))
    no_reply = (
        api.RetryError,
        google.auth.exceptions.TransportError,
        httpx.TransportError,
        requests.RequestException,
    )
    if isinstance(error, no_reply):
        return service_error(
            "SERVICE-UNAVAILABLE",
            f"{doing} failed: no reply from the service ({type(error).__name__})",
            "check the connection (or that local Vertex still runs) and start the run again; nothing is paid for twice",
            where,
        )
    if not isinstance(error, google.auth.exceptions.GoogleAuthError):
        return None
    if error.retryable:
        return service_error(
            "SERVICE-UNAVAILABLE",
            f"{doing} failed: no new access token for now ({error})",
            "start the run again later; nothing is paid for twice",
            where,
        )
    return service_error(
        "SERVICE-CREDENTIALS",
        f"{doing} failed: no usable credentials ({error})",
        "run `gcloud auth application-default login`, or use `--local`",
        where,
    )


def from_status(doing: str, where: str, status: int, message: str) -> RetuneError:
    """The error for a refusal with an HTTP status."""
    if status == 429:
        return service_error(
            "SERVICE-QUOTA",
            f"{doing} was refused for now, a quota is used up: {message}",
            "wait or ask for more quota, and start the run again",
            where,
        )
    if 400 <= status < 500 and status != 408:
        return service_error(
            "SERVICE-REFUSED",
            f"{doing} was refused with HTTP {status}: {message}",
            "correct what the service names, or the rights of the account, and start the run again",
            where,
        )
    return service_error(
        "SERVICE-UNAVAILABLE",
        f"{doing} failed with HTTP {status}: {message}",
        "start the run again later; nothing is paid for twice",
        where,
    )
