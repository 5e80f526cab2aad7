"""Asks a model many questions in one batch prediction job, at half the price of asking one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from components.clock import Clock
from components.evaluation.contestants import Contestant
from components.evaluation.inference import row_of
from components.evaluation.parts import PART_RECORDS
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row, RowStore
from components.gcp.answers import read_answer
from components.gcp.batch_jobs import ENDED, ENDED_WITH_ANSWERS, BatchJobs, BatchStatus
from components.gcp.generation import request_body, thinking_config
from components.gcp.storage import Storage

ROW_LABEL = "retune-row"
PRICE = 0.5
"""Of the online price (batch inference with Gemini)."""


class _Line(msgspec.Struct):
    request: dict[str, Any] | str = {}
    response: msgspec.Raw = msgspec.Raw(b"{}")
    status: str = ""


@dataclass(frozen=True)
class BatchAsker:
    """Fills a model's rows from batch prediction jobs.

    Attributes:
        jobs: The service.
        storage: Where requests and answers lie.
        deadline_s: A job that takes longer is cancelled; what it has not answered is left to be asked online.
        poll_s: Pause between two looks at a job.
        clock: Time source.
        tell: Told how far it is, in a line.
    """

    jobs: BatchJobs
    storage: Storage
    deadline_s: float
    poll_s: float
    clock: Clock
    tell: Callable[[str], None]

    def fill(self, contestant: Contestant, examples: Sequence[TestExample], store: RowStore) -> None:
        """Store the rows of all examples that have none and that a job answers; the others stay missing.

        A job is found again by what it was asked, so a rerun waits for the job of the one before.

        Raises:
            RetuneError: `SERVICE-…`.
        """
        rows = store.load(examples)
        missing = {one.example_id: one for one in examples if one.example_id not in rows}
        if not missing:
            return
        body = b"".join(_lines(missing.values(), contestant.thinking))
        identity = hashlib.sha256(contestant.system.model.encode() + body).hexdigest()[:40]
        folder = f"{contestant.system.answers_uri}/batch/{identity}"
        job = self.jobs.find(identity)
        if job is None:
            self.storage.write(f"{folder}/input.jsonl", body, content_type="application/jsonl")
            job = self.jobs.create(identity, contestant.system.model, f"{folder}/input.jsonl", folder)
        self.tell(f"batch of {len(missing)} questions: {job.name}")
        job = self._wait(job)
        if job.state not in ENDED_WITH_ANSWERS or not job.output_uri:
            self.tell(f"the batch ended as {job.state}: {job.message}; its questions are asked online")
            return
        answered = list(self._answered(job, missing, contestant))
        for start in range(0, len(answered), PART_RECORDS):
            store.parts.append(answered[start : start + PART_RECORDS])

    def _wait(self, job: BatchStatus) -> BatchStatus:
        started, cancelled = self.clock.now(), False
        while job.state not in ENDED:
            if not cancelled and self.clock.now() - started > self.deadline_s:
                self.jobs.cancel(job.name)
                cancelled = True
            self.clock.sleep(self.poll_s)
            job = self.jobs.get(job.name)
        return job

    def _answered(self, job: BatchStatus, missing: Mapping[str, TestExample], contestant: Contestant) -> Iterator[Row]:
        """A row for every line with a response.

        Output is in no order and repeats the request only: the example's id is in the request's labels.
        """
        cost = _half(contestant)
        for found in self.storage.list(job.output_uri.rstrip("/") + "/"):
            if not found.uri.endswith(".jsonl"):
                continue
            for text in self.storage.read(found.uri).splitlines():
                line = msgspec.json.decode(text, type=_Line)
                if line.status or not isinstance(line.request, dict):
                    continue
                example = missing.get(line.request.get("labels", {}).get(ROW_LABEL, ""))
                if example is not None:
                    yield row_of(example, read_answer(bytes(line.response), 0.0, 1), cost, batch=True)


def _lines(examples: Iterable[TestExample], thinking: str) -> Iterator[bytes]:
    config = thinking_config(thinking)
    for example in examples:
        request = request_body({**example.request, "labels": {ROW_LABEL: example.example_id}}, config)
        yield msgspec.json.encode({"request": request}) + b"\n"


def _half(contestant: Contestant) -> Callable[[int, int], float | None]:
    def cost(prompt_tokens: int, output_tokens: int) -> float | None:
        whole = contestant.cost(prompt_tokens, output_tokens)
        return None if whole is None else whole * PRICE

    return cost
