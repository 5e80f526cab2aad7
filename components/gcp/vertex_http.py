"""JSON over HTTP to Vertex AI, many requests at once, for the calls of which an evaluation makes thousands.

google-genai and httpx take 3 to 7 ms of processor time per request with 64 in flight (connection pool and pydantic
types), this half a millisecond: `python -m benchmarks.inference`. Everything else goes through Google's clients.
"""

from __future__ import annotations

import asyncio
import datetime
import email.utils
import os
import urllib.parse
import urllib.request
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from components.gcp.clients import REQUEST_TIMEOUT_S, credentials

if TYPE_CHECKING:
    import aiohttp

MULTI_REGIONS = ("us", "eu")


class NoReplyError(Exception):
    """The connection broke or the time was up before a reply was complete; the work may have been done."""


@dataclass(frozen=True)
class Reply:
    """A complete HTTP reply.

    Attributes:
        status: HTTP status.
        body: Its bytes.
        retry_after_s: What the header `Retry-After` asks for, seconds; None without the header.
    """

    status: int
    body: bytes
    retry_after_s: float | None


def host_of(location: str) -> str:
    """The service's address for a location, as google-genai 2.34 builds it (`_api_client.py`)."""
    if base := os.environ.get("GOOGLE_VERTEX_BASE_URL"):
        return base.rstrip("/")
    if location == "global":
        return "https://aiplatform.googleapis.com"
    if location in MULTI_REGIONS:
        return f"https://aiplatform.{location}.rep.googleapis.com"
    return f"https://{location}-aiplatform.googleapis.com"


class VertexHttp:
    """Keeps its connections between `async with`; outside of it every request opens and closes one.

    Args:
        location: Location that is called.
    """

    def __init__(self, location: str) -> None:
        self._host = host_of(location)
        self._session: aiohttp.ClientSession | None = None
        self._refreshing = asyncio.Lock()

    async def __aenter__(self) -> VertexHttp:
        self._session = self._new_session()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def post(self, path: str, body: bytes) -> Reply:
        """The reply to one POST, sent once.

        Args:
            path: Path and method below the host, for example `/v1/projects/P/…:generateContent`.
            body: JSON.

        Raises:
            NoReplyError: There is no complete reply.
            google.auth.exceptions.GoogleAuthError: There are no usable credentials.
        """
        import aiohttp

        headers = {"Authorization": f"Bearer {await self._token()}", "Content-Type": "application/json"}
        session = self._session or self._new_session()
        try:
            async with session.post(self._host + path, data=body, headers=headers) as reply:
                data = await reply.read()
                asked = reply.headers.get("Retry-After")
                return Reply(reply.status, data, None if asked is None else retry_after(asked))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NoReplyError(type(error).__name__) from error
        finally:
            if session is not self._session:
                await session.close()

    def _new_session(self) -> aiohttp.ClientSession:
        import aiohttp

        return aiohttp.ClientSession(
            # Who asks decides how many are in flight; a second limit here would only hide it.
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(REQUEST_TIMEOUT_S),
            proxy=proxy_for(self._host),
        )

    async def _token(self) -> str:
        found = credentials()
        if not found.valid:
            async with self._refreshing:
                if not found.valid:
                    await asyncio.to_thread(_refresh)
        return str(found.token)


def _refresh() -> None:
    from google.auth.transport.requests import Request

    credentials().refresh(Request())


def proxy_for(host: str) -> str | None:
    """The proxy that the environment names for the host; aiohttp itself would look it up for every request."""
    address = urllib.parse.urlsplit(host)
    if urllib.request.proxy_bypass(address.hostname or ""):
        return None
    return urllib.request.getproxies().get(address.scheme)


def retry_after(header: str) -> float | None:
    """Seconds that a `Retry-After` header asks to wait, given in seconds or as a date (RFC 9110, 10.2.3).

    Returns:
        None for one that is neither; never less than 0.
    """
    if header.strip().isdecimal():
        return float(header)
    try:
        when = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.UTC)
    return max(0.0, (when - datetime.datetime.now(datetime.UTC)).total_seconds())
