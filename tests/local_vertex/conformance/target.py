"""What the suite runs against: a local server, or a real project that pays for what the suite does."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any, TypeVar

import pytest
from google import genai
from google.api_core import exceptions
from google.auth import default
from google.auth.aio.credentials import StaticCredentials
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import Request
from google.cloud import storage
from google.genai import errors, types
from google.oauth2.credentials import Credentials

from tests.local_vertex.conformance.awaited import AwaitedClient

PROJECT, BUCKET, LOCATION, PAID = (f"RETUNE_CONFORMANCE_{name}" for name in ("PROJECT", "BUCKET", "LOCATION", "PAID"))
MOST_USD = {False: 1.0, True: 20.0}
"""What one session may cost on a real project, without and with `RETUNE_CONFORMANCE_PAID`: sums of estimates."""
ENDED_AFTER_S = {False: 60.0, True: 3 * 3600.0}
POLL_S = {False: 0.02, True: 15.0}
_Found = TypeVar("_Found")


class Target:
    """One project, the clients that lead to it, and what the suite has made there.

    Args:
        project: Project identifier.
        location: Region of everything but the multi-regions.
        bucket: Name of a bucket; made here on a local server, there already on a real project.
        base_url: Address of a local server; empty for a real project, whose credentials are the environment's.
        paid: Whether tuning is allowed on a real project.
    """

    def __init__(self, project: str, location: str, bucket: str, base_url: str = "", *, paid: bool = False) -> None:
        self.project, self.location, self.bucket, self.base_url = project, location, bucket, base_url
        self.is_real = not base_url
        self.run = f"conformance-{uuid.uuid4().hex[:10]}"
        self.labels = {"retune-conformance": self.run}
        self._paid, self._spent_usd = paid, 0.0
        self._made = ExitStack()
        self._genai: genai.Client | None = None

    @property
    def credentials(self) -> Any:
        """For clients of Vertex AI; None means those of the environment."""
        return Credentials("local") if self.base_url else None

    @property
    def parent(self) -> str:
        return f"projects/{self.project}/locations/{self.location}"

    def storage(self) -> storage.Client:
        if self.is_real:
            return storage.Client(project=self.project)
        options = {"api_endpoint": self.base_url}
        return storage.Client(project=self.project, credentials=AnonymousCredentials(), client_options=options)

    def genai(self) -> genai.Client:
        # A google-genai client closes its connections when it is collected, even while its `.tunings` is in use.
        if self._genai is None:
            self._genai = self._new_genai()
        return self._genai

    def _new_genai(self) -> genai.Client:
        return genai.Client(
            vertexai=True,
            project=self.project,
            location=self.location,
            credentials=self.credentials,
            http_options=types.HttpOptions(base_url=self.base_url or None),
        )

    def awaited(self, use: Callable[[Any], Awaitable[_Found]]) -> _Found:
        """What a coroutine returns that is given an asynchronous google-genai client of its own."""

        async def whole() -> _Found:
            async with self._new_genai().aio as client:
                return await use(client)

        return asyncio.run(whole())

    def gapic(self, client_class: Any) -> Any:
        """A low-level client over REST; an asynchronous one behaves as a synchronous one."""
        options = {"api_endpoint": self.base_url or f"{self.location}-aiplatform.googleapis.com"}
        if not client_class.__name__.endswith("AsyncClient"):
            return client_class(transport="rest", credentials=self.credentials, client_options=options)
        given = {"credentials": StaticCredentials(self._token()), "client_options": options}
        client = AwaitedClient(lambda: client_class(transport="rest_asyncio", **given))
        self._made.callback(client.close)
        return client

    def _token(self) -> str:
        """An access token: google-auth has no asynchronous credentials that would look for one themselves."""
        if self.base_url:
            return "local"
        found, _ = default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
        found.refresh(Request())
        return str(found.token)

    def pay(self, usd: float, *, tuning: bool = False) -> None:
        """Count what the caller is about to do against the budget of the session, and skip the test beyond it.

        Args:
            usd: A generous estimate; local servers cost nothing.
            tuning: Whether a tuning job is started, which needs `RETUNE_CONFORMANCE_PAID=1`.
        """
        if not self.is_real:
            return
        if tuning and not self._paid:
            pytest.skip(f"tuning costs money: set {PAID}=1")
        if self._spent_usd + usd > MOST_USD[self._paid]:
            pytest.skip(f"{usd} USD more would exceed the session's {MOST_USD[self._paid]} USD")
        self._spent_usd += usd

    def upload(self, name: str, text: str) -> str:
        """Write an object below the session's prefix and return its URI."""
        blob = self.storage().bucket(self.bucket).blob(f"{self.run}/{name}")
        blob.upload_from_string(text)
        return f"gs://{self.bucket}/{blob.name}"

    def later(self, remove: Callable[[], object]) -> None:
        """Call something when the session ends, the last one first; what is gone by then is fine."""

        def quietly() -> None:
            try:
                remove()
            except exceptions.NotFound:
                return
            except errors.ClientError as error:
                if error.code != 404:
                    raise

        self._made.callback(quietly)

    def until(self, read: Callable[[], _Found], holds: Callable[[_Found], object]) -> _Found:
        """What a call returns once something holds for it; the deadline only bounds a failing test."""
        deadline = time.monotonic() + ENDED_AFTER_S[self.is_real]
        while not holds(found := read()):
            assert time.monotonic() < deadline, f"still {found}"
            time.sleep(POLL_S[self.is_real])
        return found

    def open(self) -> None:
        """Make the bucket of a local server, and see to it that the session's objects are removed."""
        client = self.storage()
        if not self.is_real:
            client.create_bucket(self.bucket)
        self.later(lambda: [blob.delete() for blob in client.list_blobs(self.bucket, prefix=self.run)])

    def close(self) -> None:
        """Remove what the session has made."""
        self._made.close()
        if self._genai is not None:
            self._genai.close()


def real_target() -> Target | None:
    """The project that the environment names, or None."""
    project = os.environ.get(PROJECT)
    if not project:
        return None
    bucket = os.environ.get(BUCKET)
    assert bucket, f"{PROJECT} is set; set {BUCKET} to a bucket of that project too"
    return Target(project, os.environ.get(LOCATION, "us-central1"), bucket, paid=os.environ.get(PAID) == "1")


def same_resource(name: str, other: str) -> bool:
    """Whether two names mean one resource; the service answers with project numbers where identifiers were sent."""
    return name.split("/")[2:] == other.split("/")[2:]
