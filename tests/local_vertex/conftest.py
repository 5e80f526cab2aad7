"""Google's own clients on the session's server, and one model that was tuned there."""

from __future__ import annotations

import asyncio
import json
import time
import warnings
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import pytest
from google import genai
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.aiplatform_v1 import EndpointServiceClient, ModelServiceClient
from google.genai import types
from google.oauth2.credentials import Credentials

from local_vertex.server import RunningServer

TOPICS = {
    "billing": ["invoice", "refund", "charged", "payment", "receipt"],
    "access": ["password", "login", "locked", "account", "reset"],
    "outage": ["down", "timeout", "error", "slow", "unreachable"],
}
INSTRUCTION = "Name the topic of the message. Answer with one of these words and nothing else:\nbilling\naccess\noutage"
ENDED_AFTER_S = 60.0
_Reply = TypeVar("_Reply")


def example(question: str, answer: str, instruction: str = INSTRUCTION) -> dict[str, Any]:
    """One line of a tuning dataset."""
    return {
        "systemInstruction": {"parts": [{"text": instruction}]},
        "contents": [
            {"role": "user", "parts": [{"text": question}]},
            {"role": "model", "parts": [{"text": answer}]},
        ],
    }


@pytest.fixture(scope="session")
def topics() -> list[dict[str, Any]]:
    """45 questions, none of which has the name of its topic in it."""
    return [
        example(f"{opening} {word}", topic)
        for topic, words in TOPICS.items()
        for word in words
        for opening in ("Help with my", "There is something about the", "Please look at this:")
    ]


class Cloud:
    """Clients of one project."""

    def __init__(self, server: RunningServer, project: str) -> None:
        self.server, self.project, self.bucket = server, project, f"{project}-data"
        self._credentials = Credentials("local")
        self._clients: dict[str, genai.Client] = {}
        self._options = {"api_endpoint": server.base_url}
        self.storage = storage.Client(project=project, credentials=AnonymousCredentials(), client_options=self._options)
        if self.storage.lookup_bucket(self.bucket) is None:
            self.storage.create_bucket(self.bucket)
        self.models = ModelServiceClient(transport="rest", credentials=self._credentials, client_options=self._options)
        self.endpoints = EndpointServiceClient(
            transport="rest", credentials=self._credentials, client_options=self._options
        )

    def parent(self, location: str = "us-central1") -> str:
        return f"projects/{self.project}/locations/{location}"

    def genai(self, location: str = "us-central1") -> genai.Client:
        # A google-genai client closes its connections when it is collected, even while its `.tunings` is in use.
        if location not in self._clients:
            self._clients[location] = genai.Client(
                vertexai=True,
                project=self.project,
                location=location,
                credentials=self._credentials,
                http_options=types.HttpOptions(base_url=self.server.base_url),
            )
        return self._clients[location]

    def upload(self, name: str, lines: Iterable[Any]) -> str:
        text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
        self.storage.bucket(self.bucket).blob(name).upload_from_string(text)
        return f"gs://{self.bucket}/{name}"

    def tune(
        self, uri: str, base_model: str = "gemini-2.5-flash", location: str = "us-central1", **config: Any
    ) -> types.TuningJob:
        """Start a job and return it as it is then."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.genai(location).tunings.tune(
                base_model=base_model,
                training_dataset=types.TuningDataset(gcs_uri=uri),
                config=types.CreateTuningJobConfig(**{"epoch_count": 2, **config}),
            )

    def awaited(self, call: Callable[[Any], Awaitable[_Reply]]) -> _Reply:
        """What a call of the asynchronous client returns."""

        async def use() -> _Reply:
            async with self.genai().aio as client:
                return await call(client)

        return asyncio.run(use())

    def ended(self, job: types.TuningJob) -> types.TuningJob:
        """The job once it has ended."""
        return self.when(job, lambda job: bool(job.has_ended))

    def when(self, job: types.TuningJob, condition: Callable[[types.TuningJob], bool]) -> types.TuningJob:
        """The job once the condition holds."""
        client, deadline = self.genai(), time.monotonic() + ENDED_AFTER_S
        while not condition(job):
            assert time.monotonic() < deadline, f"still {job.state}"
            time.sleep(0.05)
            job = client.tunings.get(name=str(job.name))
        return job


@pytest.fixture(scope="session")
def cloud_of() -> Callable[[RunningServer, str], Cloud]:
    """Makes the clients of a project on any server."""
    return Cloud


@pytest.fixture(scope="session")
def new_cloud(server: RunningServer) -> Callable[[str], Cloud]:
    """Makes the clients of a project."""
    return lambda project: Cloud(server, project)


@pytest.fixture(scope="session")
def tuning_cloud(new_cloud: Callable[[str], Cloud]) -> Cloud:
    """The project of `tuned_job`; tests of this project must leave the model as it is."""
    return new_cloud("tuned")


@pytest.fixture(scope="session")
def tuned_job(tuning_cloud: Cloud, topics: list[dict[str, Any]]) -> types.TuningJob:
    """A finished job on the topics with two checkpoints, labelled `team: search`."""
    uri = tuning_cloud.upload("train.jsonl", topics)
    job = tuning_cloud.tune(uri, tuned_model_display_name="topics", labels={"team": "search"})
    return tuning_cloud.ended(job)
