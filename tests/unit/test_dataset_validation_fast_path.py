"""The fast reader accepts nothing that the exact reader refuses, and reads what it accepts in the same way."""

from __future__ import annotations

import copy
import json
import sys
from array import array
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.dataset_validation.engine.known_prompts import KnownPrompts, known_hashes, normalised
from components.dataset_validation.lines.characters import character_problems, is_wanted
from components.dataset_validation.lines.exact_line import read_exactly
from components.dataset_validation.lines.line_texts import texts_of
from components.dataset_validation.lines.typed_block import read_typed_lines
from components.dataset_validation.lines.typed_line import read_typed
from tests.fuzz.lines import mutated_lines

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["a", " ", 'say "hi"', "C:\\", "\\\\\\", "\u00a0", "\ufffd", "\x07", "\u200b"]
)
PARTS: st.SearchStrategy[dict[str, Any]] = (
    st.builds(lambda text: {"text": text}, TEXTS)
    | st.just({"fileData": {"mimeType": "image/png", "fileUri": "gs://b/1.png"}})
    | st.builds(
        lambda kind, uri: {"fileData": {"mimeType": kind, "fileUri": uri}}, TEXTS, TEXTS.map("gs://b/{}".format)
    )
)
TURNS = st.lists(st.lists(PARTS, min_size=1, max_size=3), min_size=1, max_size=4)


@st.composite
def valid_shapes(draw: st.DrawFn) -> dict[str, Any]:
    turns = draw(TURNS)
    contents = [{"role": ("user", "model")[index % 2], "parts": parts} for index, parts in enumerate(turns)]
    line: dict[str, Any] = {"contents": contents}
    if draw(st.booleans()):
        system: dict[str, Any] = {"parts": [{"text": draw(TEXTS)}]}
        line = {"systemInstruction": system | ({"role": "system"} if draw(st.booleans()) else {}), **line}
    return line


def encoded(line: Any, *, ascii_only: bool) -> bytes:
    return json.dumps(line, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


def assert_agreement(line: bytes) -> None:
    reading = read_typed(line)
    if reading is not None:
        exact, problems = read_exactly(line)
        assert problems == []
        assert reading == exact


@given(valid_shapes(), st.booleans())
def test_on_lines_of_the_right_shape(line: dict[str, Any], ascii_only: bool) -> None:
    assert_agreement(encoded(line, ascii_only=ascii_only))


VALUES = st.none() | st.booleans() | st.integers() | TEXTS | st.sampled_from([[], {}, [{"text": "a"}], "user", "model"])
KEYS = st.sampled_from(["text", "role", "parts", "contents", "fileData", "system_instruction", "x"])


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A line of the right shape with one to three changes to its structure."""
    line = copy.deepcopy(draw(valid_shapes()))
    for _ in range(draw(st.integers(1, 3))):
        node: Any = line
        while True:
            added = isinstance(node, dict) and draw(st.integers(0, 4)) == 0
            key = draw(KEYS if added else st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
            child = None if added else node[key]
            if not isinstance(child, dict | list) or not child or draw(st.integers(0, 4)) == 0:
                break
            node = child
        if draw(st.booleans()) or added:
            node[key] = copy.deepcopy(draw(VALUES))
        else:
            del node[key]
        if not line:
            break
    return encoded(line, ascii_only=draw(st.booleans()))


@settings(max_examples=400)
@given(mutated())
def test_on_lines_with_a_changed_structure(line: bytes) -> None:
    assert_agreement(line)


@settings(max_examples=400)
@given(valid_shapes(), st.booleans(), st.data())
def test_on_lines_with_changed_bytes(shape: dict[str, Any], ascii_only: bool, data: st.DataObject) -> None:
    line = encoded(shape, ascii_only=ascii_only)
    start = data.draw(st.integers(0, len(line)))
    stop = data.draw(st.integers(start, min(len(line), start + 6)))
    inserted = data.draw(
        st.binary(max_size=3)
        | st.sampled_from([b'\\"', b"\\\\", b"\\u0000", b"\\ud83d", b'"text":"a",', b'"role":"user",'])
    )
    assert_agreement(line[:start] + inserted + line[stop:])


@given(st.binary(max_size=200))
@example(
    b'{"contents":[{"role":"user","parts":[{"text":"a\\\\"}]},{"role":"model","role":"model","parts":[{"text":"\\\\"}]}]}'
)
@example(
    b'{"contents":[{"role":"user","parts":[{"text":"\\\\"},{"text":"\\\\"},{"text":"\\\\"},{"text":"\\\\"}]},'
    b'{"role":"model","role":"model","parts":[{"text":"b"}]}]}'
)
def test_any_bytes_end_in_an_answer(line: bytes) -> None:
    reading, problems = read_exactly(line)
    assert reading is not None or problems
    assert_agreement(line)


@pytest.mark.parametrize("depth", [*range(90, 110), 300, 502, 700, 995, 100_000])
@pytest.mark.parametrize(("opened", "closed"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_nesting_ends_at_a_depth_that_does_not_depend_on_the_caller(opened: bytes, closed: bytes, depth: int) -> None:
    times = depth // len(closed)
    value = opened * times + b"1" + closed * times
    line = (
        b'{"contents":[{"role":"user","parts":[{"text":"a"}]},'
        b'{"role":"model","parts":[{"functionCall":{"name":"f","args":{"x":' + value + b"}}}]}]}"
    )
    reading, problems = read_exactly(line)
    levels = 7 + times * len(closed)
    assert [problem.code for problem in problems] == ["DATA-JSON"] * (levels > 100)
    assert (reading is None) == (levels > 100)


def test_usual_lines_take_the_fast_path() -> None:
    for text in ("a", 'say "hi"', "l\u00e0\n", "\u6771\u4eac", "C:\\dir"):
        contents = [{"role": "user", "parts": [{"text": text}]}, {"role": "model", "parts": [{"text": "b"}]}]
        assert read_typed(encoded({"contents": contents}, ascii_only=False)) is not None


def test_a_character_is_wanted_when_the_exact_reader_says_nothing_of_it() -> None:
    wanted = [not list(character_problems(chr(code))) for code in range(sys.maxunicode + 1)]
    assert [
        code for code, one in enumerate(wanted) if is_wanted(chr(code)) != one and not 0xD800 <= code < 0xE000
    ] == []
    assert is_wanted("a\nb\tc\r")
    assert not is_wanted("a\n\u200b")


def test_blocks_are_read_as_their_lines_are() -> None:
    lines = [line.replace(b"\n", b" ") for line in mutated_lines(11, 6000)]
    accepted = 0
    for start in range(0, len(lines), 50):
        block = lines[start : start + 50]
        for line, found in zip(block, read_typed_lines(block), strict=True):
            typed = read_typed(line)
            assert (found is None) == (typed is None)
            if typed is not None:
                exact, problems = read_exactly(line)
                assert problems == []
                assert exact == typed
                assert found == (typed if typed.files else texts_of(typed))
                accepted += 1
    assert accepted > 500


def test_what_escapes_stand_for_is_judged_and_not_how_they_look() -> None:
    def turn(role: str, text: str) -> dict[str, Any]:
        return {"role": role, "parts": [{"text": text}]}

    for text, accepted in (
        ("C:\\uffff\\bin\\", True),
        ('C:\\"', True),
        ("caf\u00e9 \u2019", True),
        ("\x08", False),
        ("\x0c", False),
        ("\x7f", False),
        ("\ufffd", False),
        ("\ufeff", False),
        ("\u2066", False),
    ):
        usual = encoded({"contents": [turn("user", "plain\n"), turn("model", "b")]}, ascii_only=True)
        line = encoded({"contents": [turn("user", "a\n" + text), turn("model", "b")]}, ascii_only=True)
        lines = [usual, line, usual]
        assert [one is not None for one in read_typed_lines(lines)] == [True, accepted, True]
        assert (read_typed(line) is not None) == accepted


ENDINGS = st.text(
    st.sampled_from("aB \n\u0416\u00c5A\u030a\u0301\uac00\u1100\u1161\uff21\uffff\u00df\u6771"), max_size=150
)


@given(st.lists(ENDINGS, min_size=1, max_size=6), st.data())
def test_known_prompts_are_found_whatever_their_spacing_and_case(prompts: list[str], data: st.DataObject) -> None:
    spaced = []
    for prompt in prompts:
        at = data.draw(st.integers(0, len(prompt)))
        spaces = " " * data.draw(st.sampled_from([0, 1, 40]))
        other = prompt[:at] + spaces + prompt[at:]
        same = normalised(other.encode()) == normalised(prompt.encode())
        spaced.append(other if same else prompt)
    wholes, tails = known_hashes([prompt.encode() for prompt in prompts])
    found: dict[int, int] = {}
    known = KnownPrompts([array("Q", wholes)], [array("Q", tails)])
    known.note_first([prompt.encode() for prompt in spaced], [None] * len(spaced), 0, found)
    assert set(found) == set(wholes)
