"""The base model answers from the instruction alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_vertex.learner.examples import Question
from local_vertex.learner.options import read_options
from local_vertex.learner.untuned import Untuned


@pytest.mark.parametrize(
    ("instruction", "texts", "keys"),
    [
        ("Choose:\n- red\n- green\n- blue", ("red", "green", "blue"), ()),
        ("Answer with one of: red, green, or blue.", ("red", "green", "blue"), ()),
        (
            'Reply in JSON: {"colour": "red|green", "urgent": "true|false"}',
            (),
            (("colour", ("red", "green")), ("urgent", ("true", "false"))),
        ),
        (
            "JSON keys:\n- colour: one of red, green\n- size: 1, 2",
            (),
            (("colour", ("red", "green")), ("size", ("1", "2"))),
        ),
        ("You are a helpful assistant.", (), ()),
    ],
)
def test_options_are_read_from_the_instruction(
    instruction: str, texts: tuple[str, ...], keys: tuple[tuple[str, tuple[str, ...]], ...]
) -> None:
    found = read_options(instruction)
    assert (found.texts, found.keys) == (texts, keys)


def test_the_untuned_model_picks_the_option_with_the_users_words() -> None:
    listed = "Name the intent:\ncancel_order\ntrack_parcel\nchange_address"
    assert Untuned().answer(Question("where can I track my parcels", listed)).text == "track_parcel"
    keyed = 'JSON: {"intent": "cancel|track", "urgent": "true|false"}'
    assert json.loads(Untuned().answer(Question("tracking, true", keyed)).text) == {"intent": "track", "urgent": True}
    assert Untuned().answer(Question("hello", "")).text


@given(st.text(max_size=300), st.text(max_size=300))
def test_the_untuned_model_answers_anything(instruction: str, question: str) -> None:
    assert isinstance(Untuned().answer(Question(question, instruction)).text, str)
