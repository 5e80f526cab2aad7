"""What the types of Google's own client refuse is an error here: google-genai's pydantic models as a second opinion.

Only this direction is promised. The types describe every request of the API, so they accept much that tuning data may
not hold: turns without parts, parts with two kinds of data, code execution, any role, null for everything.
"""

from __future__ import annotations

import copy
import json
import warnings
from typing import Any

import pytest
from google.genai import types
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.dataset_validation.lines.exact_line import read_exactly
from components.dataset_validation.rules.catalogue import RULES


def refused_by_sdk(example: dict[str, Any]) -> str:
    """Why the client's types refuse the example; empty when they take it.

    `contents`, `systemInstruction` and `tools` are what requests and tuning data share. Both spellings of these keys
    are read, as the types themselves read both of every key below (`populate_by_name`).
    """
    read = {
        key: example[key] for key in ("contents", "systemInstruction", "system_instruction", "tools") if key in example
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unknown names of enums are warned about and taken
            for key, value in read.items():
                model: Any = types.Tool if key == "tools" else types.Content
                for one in [value] if key.startswith("system") else value:
                    model.model_validate(one)
    # The types of enums fail with an AttributeError on what is no string, and a list that is none with a TypeError.
    except (ValueError, AttributeError, TypeError) as error:
        return str(error)
    return ""


def errors(line: bytes) -> list[str]:
    return [problem.code for problem in read_exactly(line)[1] if RULES[problem.code].severity == "error"]


def encoded(example: Any) -> bytes:
    return json.dumps(example).encode()


def assert_refused_as_well(example: Any) -> None:
    if isinstance(example, dict):
        reason = refused_by_sdk(example)
        assert not reason or errors(encoded(example)), reason


IMAGE = {"fileData": {"mimeType": "image/png", "fileUri": "gs://b/1.png"}}
VIDEO = {
    "fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/1.mp4"},
    "videoMetadata": {"startOffset": "1s", "endOffset": "2.5s", "fps": 1.5},
    "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"},
}
INLINE = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
CALL = {"functionCall": {"id": "1", "name": "find", "args": {"id": 3, "tags": ["a"]}}}
RESPONSE = {"functionResponse": {"id": "1", "name": "find", "response": {"found": True}}}
SCHEMA = {
    "type": "OBJECT",
    "title": "t",
    "description": "d",
    "nullable": True,
    "required": ["id"],
    "propertyOrdering": ["id", "tags"],
    "minProperties": "1",
    "properties": {
        "id": {"type": "INTEGER", "format": "int64", "minimum": 0, "maximum": 1e6, "default": 1, "example": 2},
        "tags": {"type": "ARRAY", "items": {"type": "STRING", "enum": ["a", "b"], "pattern": ".*"}, "maxItems": 3},
        "either": {"anyOf": [{"type": "STRING", "min_length": 1}, {"type": "NULL"}]},
    },
}
DECLARATION = {"name": "find", "description": "d", "parameters": SCHEMA, "response": {"type": "OBJECT"}}
OTHER = {"name": "other", "parametersJsonSchema": {"type": "object", "properties": {"mime_type": {"type": "string"}}}}
VALID: list[dict[str, Any]] = [
    {"contents": [{"role": "user", "parts": [{"text": "a"}]}, {"role": "model", "parts": [{"text": "b"}]}]},
    {
        "systemInstruction": {"role": "system", "parts": [{"text": "s"}]},
        "contents": [
            {"role": "user", "parts": [IMAGE, VIDEO, INLINE, {"text": "a"}]},
            {"role": "model", "parts": [CALL]},
        ],
    },
    {
        "contents": [
            {"role": "user", "parts": [{"text": "a"}]},
            {"role": "model", "parts": [CALL]},
            {"role": "user", "parts": [RESPONSE]},
            {"role": "model", "parts": [{"text": "b"}]},
        ],
        "tools": [{"functionDeclarations": [DECLARATION, OTHER]}],
    },
    {
        "system_instruction": {"parts": [{"text": "s"}]},
        "contents": [
            {"role": "user", "parts": [{"file_data": {"mime_type": "image/png", "file_uri": "gs://b/1.png"}}]},
            {"role": "model", "parts": [{"function_call": {"name": "find", "args": {}}}]},
        ],
        "tools": [{"function_declarations": [DECLARATION]}],
    },
]
VALUES = st.sampled_from(
    [None, True, 0, -1, 1.5, 1e300, "", "x", "3", "STRING", "***", [], [1], ["x"], {}, {"x": 1}, {"text": "a"}]
)
KEYS = st.sampled_from(
    [
        "text",
        "role",
        "parts",
        "id",
        "name",
        "args",
        "fps",
        "type",
        "$ref",
        "items",
        "properties",
        "anyOf",
        "thought",
        "x",
    ]
)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every object or list below and at the node, with each of its keys."""
    if not isinstance(node, dict | list):
        return []
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    return [(node, key) for key in keys] + [place for key in keys for place in places(node[key])]


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A valid example with one to three values replaced, moved or added, anywhere."""
    example = copy.deepcopy(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(1, 3))):
        found = places(example)
        if not found:
            break
        node, key = draw(st.sampled_from(found))
        change = draw(st.sampled_from(["replace", "rename", "add", "delete"]))
        if change == "replace":
            node[key] = copy.deepcopy(draw(VALUES))
        elif change == "delete":
            del node[key]
        elif isinstance(node, list):
            node.append(copy.deepcopy(draw(VALUES)))
        elif change == "rename":
            node[draw(KEYS)] = node.pop(key)
        else:
            node[draw(KEYS)] = copy.deepcopy(draw(VALUES))
    return example


@pytest.mark.parametrize("example", VALID)
def test_both_take_what_is_valid(example: dict[str, Any]) -> None:
    assert refused_by_sdk(example) == ""
    assert errors(encoded(example)) == []


def test_every_single_value_of_another_type() -> None:
    """All places of all examples, each with every value: what hypothesis samples, exhausted for one change."""
    refused = 0
    for example in VALID:
        for number in range(len(places(example))):
            for value in (None, True, 3, 1.5, "x", [], [1], {}, {"x": 1}):
                changed = copy.deepcopy(example)
                node, key = places(changed)[number]
                node[key] = value
                reason = refused_by_sdk(changed)
                if reason:
                    refused += 1
                    assert errors(encoded(changed)), (key, value, reason)
    assert refused > 500


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_what_the_types_refuse_is_an_error(example: dict[str, Any]) -> None:
    assert_refused_as_well(example)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"parts": [{"functionCall": {"name": "f", "id": 3}}]}, "DATA-TYPE"),
        ({"parts": [{"functionResponse": {"name": "f", "response": {}, "id": []}}]}, "DATA-TYPE"),
        ({"parts": [IMAGE | {"videoMetadata": {"fps": "fast"}}]}, "DATA-TYPE"),
        ({"parts": [IMAGE | {"videoMetadata": {"startOffset": 3}}]}, "DATA-TYPE"),
        ({"parts": [IMAGE | {"videoMetadata": {"start": "3s"}}]}, "DATA-UNKNOWN-KEY"),
        ({"parts": [{"inlineData": {"mimeType": "image/png", "data": "not base64!"}}]}, "DATA-TYPE"),
    ],
)
def test_parts_that_only_the_types_refused(change: dict[str, Any], code: str) -> None:
    example = {"contents": [{"role": "user", **change}, {"role": "model", "parts": [{"text": "b"}]}]}
    assert refused_by_sdk(example)
    assert code in errors(encoded(example))


@pytest.mark.parametrize(
    ("declaration", "path"),
    [
        ({"parameters": {"type": ["STRING", "NULL"]}}, "parameters.type"),
        (
            {"parameters": {"type": "OBJECT", "properties": {"x": {"enum": ["a", 2]}}}},
            "parameters.properties.x.enum[1]",
        ),
        ({"parameters": {"type": "ARRAY", "items": [{}]}}, "parameters.items"),
        ({"parameters": {"minItems": "many"}}, "parameters.minItems"),
        ({"parameters": {"$ref": "#/x"}}, "parameters"),
        ({"parameters": "x"}, "parameters"),
        ({"response": {"anyOf": {}}}, "response.anyOf"),
        ({"description": 3}, "description"),
    ],
)
def test_declarations_that_only_the_types_refused(declaration: dict[str, Any], path: str) -> None:
    example = VALID[0] | {"tools": [{"functionDeclarations": [{"name": "f"} | declaration]}]}
    assert refused_by_sdk(example)
    problems = read_exactly(encoded(example))[1]
    assert [one.json_path for one in problems] == [f"tools[0].functionDeclarations[0].{path}"]
    assert errors(encoded(example))


def test_names_that_users_choose_keep_their_spelling() -> None:
    """A property called mime_type under parametersJsonSchema is not a key of the format."""
    call = {"functionCall": {"name": "other", "args": {"mime_type": "x"}}}
    turns = [{"role": "user", "parts": [{"text": "a"}]}, {"role": "model", "parts": [call]}]
    assert read_exactly(encoded({"contents": turns, "tools": [{"functionDeclarations": [OTHER]}]}))[1] == []
