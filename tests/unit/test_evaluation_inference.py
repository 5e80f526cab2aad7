from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from components.errors import RetuneError
from components.evaluation.evaluate import join
from components.evaluation.inference import run_inference
from components.evaluation.requests import TestExample, load_test_examples
from components.evaluation.rows import Row, RowStore
from components.gcp.answers import Answer, no_answer, read_answer
from components.gcp.storage import PreconditionFailed

ANSWERS = "gs://bucket/answers/base"


@dataclass
class Part:
    uri: str


class MemoryStorage:
    """Objects in a dictionary, with the preconditions of Cloud Storage."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def list(self, prefix_uri: str) -> Iterator[Part]:
        return iter([Part(uri) for uri in sorted(self.objects) if uri.startswith(prefix_uri)])

    def read(self, uri: str) -> bytes:
        return self.objects[uri]

    def write(
        self, uri: str, data: bytes, *, if_generation_match: int | None = None, content_type: str = "application/json"
    ) -> int:
        if if_generation_match == 0 and uri in self.objects:
            raise PreconditionFailed(uri)
        self.objects[uri] = data
        return 1


def line(number: int) -> bytes:
    turns = [("user", f"question {number}"), ("model", f"answer {number}")]
    return json.dumps({"contents": [{"role": role, "parts": [{"text": text}]} for role, text in turns]}).encode()


def load(count: int, seed: int = 1) -> list[TestExample]:
    return load_test_examples([line(number) for number in range(count)], seed=seed)


def question(request: dict[str, Any]) -> str:
    return str(request["contents"][-1]["parts"][0]["text"])


def said(text: str) -> Answer:
    return Answer(text, "STOP", "", 5, 2, 10.0, 1)


async def echo(request: dict[str, Any]) -> Answer:
    await asyncio.sleep(0)
    return said(question(request).replace("question", "answer"))


def test_requests_carry_prompt_seed_and_temperature_but_no_schema() -> None:
    example = {
        "systemInstruction": {"parts": [{"text": "be brief"}]},
        "contents": [
            {"role": "user", "parts": [{"fileData": {"mimeType": "image/png", "fileUri": "gs://b/i"}}, {"text": "hi"}]},
            {"role": "model", "parts": [{"text": "first"}]},
            {"role": "user", "parts": [{"text": "and?"}]},
            {"role": "model", "parts": [{"text": "wanted"}]},
        ],
        "generationConfig": {"responseSchema": {"type": "OBJECT"}, "temperature": 1.5},
    }
    [loaded] = load_test_examples([json.dumps(example).encode()], seed=3)
    assert loaded.reference == "wanted"
    assert loaded.request == {
        "contents": example["contents"][:3],
        "systemInstruction": "be brief",
        "temperature": 0.0,
        "seed": 3,
    }
    assert loaded.prompt_text() == "hi\nfirst\nand?"


def test_example_ids_name_the_line_and_its_content() -> None:
    examples = load_test_examples([line(0), b"\n", line(1) + b"\r\n"], seed=1)
    assert [example.example_id[:8] for example in examples] == ["0000001-", "0000003-"]
    assert examples[1].example_id == load_test_examples([b"", b"", line(1)], seed=1)[0].example_id
    assert examples[1].request_hash != load_test_examples([line(1)], seed=2)[0].request_hash


def test_an_empty_test_set_and_a_missing_reference_are_refused() -> None:
    with pytest.raises(RetuneError, match="EVAL-EMPTY"):
        load_test_examples([b"\n"], seed=1)
    with pytest.raises(RetuneError, match=r"EVAL-LINE.*test line 1"):
        load_test_examples([b"{}"], seed=1)
    with pytest.raises(RetuneError, match=r"EVAL-REFERENCE.*test line 2"):
        load_test_examples([line(0), line(1).replace(b"answer 1", b" ")], seed=1)


def test_rows_come_back_in_order_whatever_order_the_answers_come_in() -> None:
    async def backwards(request: dict[str, Any]) -> Answer:
        for _ in range(50 - int(question(request).split()[1])):
            await asyncio.sleep(0)
        return await echo(request)

    seen: list[tuple[int, int]] = []
    rows = asyncio.run(
        run_inference(
            load(50),
            backwards,
            RowStore(MemoryStorage(), ANSWERS),
            concurrency=50,
            progress=lambda *at: seen.append(at),
        )
    )
    assert [row.answer for row in rows] == [f"answer {number}" for number in range(50)]
    assert seen[-1] == (50, 50)
    assert [done for done, _ in seen] == list(range(1, 51))


def test_no_more_requests_are_in_flight_than_allowed() -> None:
    flying, most = 0, 0

    async def counted(request: dict[str, Any]) -> Answer:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0)
        flying -= 1
        return await echo(request)

    asyncio.run(run_inference(load(40), counted, RowStore(MemoryStorage(), ANSWERS), concurrency=7))
    assert most == 7


def test_a_row_that_fails_is_a_row_with_a_reason_and_is_asked_again_next_time() -> None:
    storage, examples, asked = MemoryStorage(), load(10), []

    async def flaky(request: dict[str, Any]) -> Answer:
        asked.append(question(request))
        match int(question(request).split()[1]):
            case 3 if len(asked) <= 10:
                raise ConnectionResetError("peer went away")
            case 4:
                return Answer("", "SAFETY", "empty answer, finish reason SAFETY", 5, 0, 10.0, 1)
            case 5:
                return said("half a character: \ud83d")
        return await echo(request)

    first = asyncio.run(run_inference(examples, flaky, RowStore(storage, ANSWERS)))
    assert len(first) == 10
    assert (first[3].finish_reason, first[3].error) == ("ERROR", "ConnectionResetError: peer went away")
    assert not first[4].answered
    assert first[5].answer == "half a character: ?"

    second = asyncio.run(run_inference(examples, flaky, RowStore(storage, ANSWERS)))
    assert asked[10:] == ["question 3"]
    assert second[3].answer == "answer 3"
    assert second[4] == first[4]


def test_function_calls_are_references_and_tools_are_sent() -> None:
    call = {"name": "close", "args": {"ticket": 7, "by": "me"}}
    example = {
        "contents": [
            {"role": "user", "parts": [{"text": "close ticket 7"}]},
            {"role": "model", "parts": [{"functionCall": call}]},
        ],
        "tools": [{"functionDeclarations": [{"name": "close"}]}],
    }
    [loaded] = load_test_examples([json.dumps(example).encode()], seed=3)
    assert loaded.request["tools"] == example["tools"]
    assert json.loads(loaded.reference) == {"functionCalls": [call]}
    said = {"candidates": [{"content": {"parts": [{"functionCall": {**call, "args": {"by": "me", "ticket": 7}}}]}}]}
    assert read_answer(json.dumps(said).encode(), 1.0, 1).text == loaded.reference


def test_an_example_that_moved_to_another_line_keeps_its_answer_and_equal_requests_have_one_each() -> None:
    storage, asked = MemoryStorage(), []

    async def counted(request: dict[str, Any]) -> Answer:
        asked.append(question(request))
        return said(f"{question(request)} #{len(asked)}")

    def run(lines: list[bytes]) -> list[str]:
        examples = load_test_examples(lines, seed=1)
        rows = asyncio.run(run_inference(examples, counted, RowStore(storage, ANSWERS), concurrency=1))
        assert [row.example_id for row in rows] == [example.example_id for example in examples]
        return [row.answer for row in rows]

    assert run([line(1), line(2), line(2)]) == ["question 1 #1", "question 2 #2", "question 2 #3"]
    assert sorted(run([line(2), line(2), line(3), line(1)])) == [
        "question 1 #1",
        "question 2 #2",
        "question 2 #3",
        "question 3 #4",
    ]
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("reason", "code"), [("429 RESOURCE_EXHAUSTED: q", "EVAL-QUOTA"), ("404 x", "EVAL-NO-ANSWERS")]
)
def test_a_model_that_answers_nothing_is_not_asked_everything_and_what_it_did_answer_is_kept(
    reason: str, code: str
) -> None:
    storage, asked = MemoryStorage(), 0

    async def runs_dry(request: dict[str, Any]) -> Answer:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return await echo(request) if asked <= 3 else no_answer(reason, 1.0, 1)

    with pytest.raises(RetuneError, match=code):
        asyncio.run(run_inference(load(500), runs_dry, RowStore(storage, ANSWERS), concurrency=4))
    assert asked < 50
    assert len(RowStore(storage, ANSWERS).load(load(500))) == 3
    with pytest.raises(RetuneError, match=code):
        asyncio.run(run_inference(load(500)[10:12], runs_dry, RowStore(storage, ANSWERS)))


def test_answers_are_stored_while_others_are_still_waited_for() -> None:
    class Watched(MemoryStorage):
        def write(self, uri: str, data: bytes, **options: Any) -> int:
            written = super().write(uri, data, **options)
            loop.call_soon_threadsafe(stored.set)
            return written

    async def last_waits(request: dict[str, Any]) -> Answer:
        if question(request) == "question 2":
            await stored.wait()
        return await echo(request)

    async def run() -> list[Row]:
        nonlocal loop
        loop = asyncio.get_running_loop()
        return await run_inference(load(3), last_waits, RowStore(Watched(), ANSWERS), stored_every_s=0)

    stored, loop = asyncio.Event(), asyncio.new_event_loop()
    assert len(asyncio.run(run())) == 3


def test_rows_carry_their_cost() -> None:
    rows = asyncio.run(run_inference(load(2), echo, RowStore(MemoryStorage(), ANSWERS), cost=lambda a, b: a + b / 4))
    assert [row.cost_usd for row in rows] == [5.5, 5.5]


def test_another_seed_is_another_request() -> None:
    storage = MemoryStorage()
    asyncio.run(run_inference(load(3), echo, RowStore(storage, ANSWERS)))
    assert RowStore(storage, ANSWERS).load(load(3, seed=2)) == {}
    assert len(RowStore(storage, ANSWERS).load(load(3))) == 3


def test_an_interrupted_run_pays_only_for_what_is_missing() -> None:
    storage, examples, asked = MemoryStorage(), load(100), 0

    async def cancelled() -> None:
        task = asyncio.create_task(
            run_inference(
                examples, stop_at_61, RowStore(storage, ANSWERS), concurrency=1, part_rows=25, stored_every_s=3600
            )
        )
        await stopped.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def stop_at_61(request: dict[str, Any]) -> Answer:
        nonlocal asked
        asked += 1
        if asked == 61:
            stopped.set()
            await asyncio.Event().wait()
        return await echo(request)

    stopped = asyncio.Event()
    asyncio.run(cancelled())
    assert sorted(storage.objects) == [f"{ANSWERS}/part-0000{number}.jsonl" for number in range(3)]
    asked = 100
    rows = asyncio.run(run_inference(examples, stop_at_61, RowStore(storage, ANSWERS), part_rows=25))
    assert asked == 140
    assert [row.answer for row in rows] == [f"answer {number}" for number in range(100)]


def test_a_part_of_another_writer_is_never_replaced() -> None:
    storage, examples = MemoryStorage(), load(2)
    mine, other = RowStore(storage, ANSWERS), RowStore(storage, ANSWERS)
    rows = asyncio.run(run_inference(examples, echo, other))
    before = dict(storage.objects)
    mine.append(rows)
    assert storage.objects.items() > before.items()
    assert RowStore(storage, ANSWERS).load(examples) == {row.example_id: row for row in rows}


def test_a_storage_failure_ends_the_run_with_its_own_error() -> None:
    class Full(MemoryStorage):
        def write(self, uri: str, data: bytes, **_: Any) -> int:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        asyncio.run(run_inference(load(5), echo, RowStore(Full(), ANSWERS), part_rows=2))


def test_rows_are_joined_by_identity_never_by_position() -> None:
    examples = load(4)
    rows: list[Row] = asyncio.run(run_inference(examples, echo, RowStore(MemoryStorage(), ANSWERS)))
    joined = join(examples, [rows[2], rows[0]])
    assert [row.answer if row else None for row in joined] == ["answer 0", None, "answer 2", None]
