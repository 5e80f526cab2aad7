"""Asking a model: every failure of the service becomes an answer with a reason, none is lost: promise 4."""

from __future__ import annotations

import asyncio

import pytest

from components.gcp.generation import Answer, Generator
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
