"""Asking a model: every failure of the service becomes an answer with a reason, none is lost: promise 4."""

from __future__ import annotations

import asyncio

import pytest

from components.gcp.answers import Answer, read_answer
from components.gcp.generation import Generator
from components.step import Step
from tests.components.stand_ins import Faults

REQUEST = {
    "contents": [{"role": "user", "parts": [{"text": "where is my card"}]}],
    "systemInstruction": "Answer with exactly one of these names:\ncard_arrival\npin_blocked\ntop_up_failed",
    "temperature": 0.0,
    "seed": 7,
}


@pytest.fixture
def ask(step: Step) -> Generator:
    return Generator(step.cloud.project, step.cloud.location, "gemini-2.5-flash", attempts=2)


def answer(generator: Generator) -> Answer:
    return asyncio.run(generator.ask(REQUEST))


def test_an_answer_carries_text_tokens_and_reason(ask: Generator) -> None:
    given = answer(ask)
    assert given.text == "card_arrival"
    assert (given.finish_reason, given.error, given.attempts) == ("STOP", "", 1)
    assert given.prompt_tokens > 0 < given.output_tokens


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure_is_asked_again(ask: Generator, faults: Faults, status: int) -> None:
    faults.add(path=":generateContent", times=1, action="status", status=status)
    given = answer(ask)
    assert (given.text, given.attempts) == ("card_arrival", 2)


def test_a_dropped_connection_is_asked_again(ask: Generator, faults: Faults) -> None:
    faults.add(path=":generateContent", times=1, action="reset")
    assert answer(ask).text == "card_arrival"


def test_a_lasting_failure_is_an_answer_with_a_reason(ask: Generator, faults: Faults) -> None:
    faults.add(path=":generateContent", action="status", status=503, message="overloaded")
    given = answer(ask)
    assert (given.text, given.finish_reason, given.attempts) == ("", "ERROR", 2)
    assert given.error.startswith("503")


def test_a_refusal_is_not_repeated(ask: Generator, faults: Faults) -> None:
    faults.add(path=":generateContent", action="status", status=403)
    given = answer(ask)
    assert given.attempts == 1
    assert given.error.startswith("403")


@pytest.mark.parametrize("action", ["safety_block", "empty_answer"])
def test_a_blocked_or_empty_answer_says_why(ask: Generator, faults: Faults, action: str) -> None:
    faults.add(path=":generateContent", action=action)
    given = answer(ask)
    assert given.text == ""
    assert given.error
    assert given.finish_reason not in ("", "ERROR")


def test_thinking_is_held_down_for_tuned_models(step: Step) -> None:
    for thinking in ("budget:0", "budget:128", "level:minimal"):
        generator = Generator(step.cloud.project, step.cloud.location, "gemini-2.5-flash", thinking=thinking)
        assert answer(generator).text == "card_arrival"


def test_the_service_says_how_long_to_wait(step: Step, faults: Faults) -> None:
    pauses: list[float] = []

    async def slept(seconds: float) -> None:
        pauses.append(seconds)

    generator = Generator(step.cloud.project, step.cloud.location, "gemini-2.5-flash", attempts=9, sleep=slept)
    faults.add(path=":generateContent", times=3, action="status", status=429, retry_after_s=40)
    given = answer(generator)
    assert (given.text, given.attempts) == ("card_arrival", 4)
    assert len(pauses) == 3
    assert all(40 <= one <= 50 for one in pauses)


def test_a_safety_rating_and_the_model_version_are_kept(ask: Generator, faults: Faults) -> None:
    assert answer(ask).model_version == "gemini-2.5-flash"
    faults.add(path=":generateContent", action="safety_block")
    assert answer(ask).safety == ("HARM_CATEGORY_DANGEROUS_CONTENT:HIGH",)


def test_connections_are_kept_in_a_block_and_not_needed_outside(ask: Generator) -> None:
    async def twice() -> list[str]:
        async with ask:
            return [(await ask.ask(REQUEST)).text, (await ask.ask(REQUEST)).text]

    assert asyncio.run(twice()) == ["card_arrival", "card_arrival"]
    assert answer(ask).text == "card_arrival"


def test_tools_and_labels_of_a_request_are_sent(ask: Generator) -> None:
    tools = [{"functionDeclarations": [{"name": "close", "parameters": {"type": "OBJECT"}}]}]
    assert asyncio.run(ask.ask({**REQUEST, "tools": tools, "labels": {"a": "b"}})).text
    refused = asyncio.run(ask.ask({**REQUEST, "tools": [{"nothing": 1}]}))
    assert refused.error.startswith("400")


@pytest.mark.parametrize("model", ["gemini-3.5-flash"])
def test_newer_models_answer_at_a_multi_region(step: Step, model: str) -> None:
    assert answer(Generator(step.cloud.project, "us", model, thinking="level:minimal")).text == "card_arrival"


def test_half_a_character_is_no_reason_to_lose_an_answer() -> None:
    body = b'{"candidates": [{"content": {"parts": [{"text": "cut \\ud83d"}]}, "finishReason": "MAX_TOKENS"}]}'
    given = read_answer(body, 1.0, 1)
    assert given.text == "cut \ud83d"
    assert read_answer(b"<html>", 1.0, 1).finish_reason == "ERROR"
