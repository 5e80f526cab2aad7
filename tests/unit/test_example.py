"""Decoding one line of a dataset into typed structs."""

from __future__ import annotations

import json

import msgspec
import pytest

from components.dataset_validation.example import decode_example
from components.dataset_validation.lines.camel_case import BothSpellings, camel_case
from components.dataset_validation.lines.tokens import estimate_tokens

LINE = {
    "systemInstruction": {"role": "system", "parts": [{"text": "Be brief."}]},
    "contents": [
        {"role": "user", "parts": [{"fileData": {"mimeType": "image/png", "fileUri": "gs://b/1"}}, {"text": "What?"}]},
        {"role": "model", "parts": [{"text": "A"}, {"text": "cat."}]},
    ],
}


def test_an_example_is_split_into_prompt_and_reference() -> None:
    example = decode_example(json.dumps(LINE).encode())
    assert example.reference() == "A\ncat."
    assert [turn.text() for turn in example.prompt()] == ["What?"]
    assert msgspec.to_builtins(example) == LINE


def test_snake_case_reads_like_camel_case() -> None:
    snake = json.dumps(LINE).replace("systemInstruction", "system_instruction").replace("fileUri", "file_uri")
    assert decode_example(snake.encode()) == decode_example(json.dumps(LINE).encode())


def test_names_of_the_user_are_not_respelt() -> None:
    call = {"parts": [{"function_call": {"name": "f", "args": {"file_uri": 1}}}]}
    converted, renamed = camel_case(call)
    assert converted == {"parts": [{"functionCall": {"name": "f", "args": {"file_uri": 1}}}]}
    assert renamed == ["parts[0].function_call"]


def test_one_key_in_both_spellings_is_refused() -> None:
    with pytest.raises(BothSpellings, match="fileUri"):
        camel_case({"file_uri": "a", "fileUri": "b"})


@pytest.mark.parametrize("line", [b'{"contents": 1}', b'{"contents": [], "more": 1}', b"{}"])
def test_another_shape_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_example(line)


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("a", 1), ("four", 1), ("fives", 2), ("\u6771\u4eac\u90fd\u5e81", 3), ("\ud83d", 1)]
)
def test_tokens_are_a_quarter_of_the_bytes(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens
