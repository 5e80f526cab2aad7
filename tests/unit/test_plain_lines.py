"""The reader in C accepts nothing but what the exact reader reads without a finding, and says the same of it."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.dataset_validation.engine.known_prompts import normalised
from components.dataset_validation.lines.characters import is_wanted
from components.dataset_validation.lines.exact_line import read_exactly
from components.dataset_validation.lines.line_texts import LineTexts
from components.dataset_validation.lines.read_block import read_block
from tests.fuzz.lines import mutated_lines, says_the_same

native = pytest.importorskip(
    "components.dataset_validation.lines.native.plain_lines",
    reason="the reader of plain lines is built where there was a C compiler when Retune was installed",
)

BEFORE = b'{"contents":[{"role":"user","parts":[{"text":"'
AFTER = b'"}]},{"role":"model","parts":[{"text":"b"}]}]}'


def line_with(text: bytes) -> bytes:
    return BEFORE + text + AFTER


def accepted(lines: Sequence[bytes]) -> list[LineTexts | None]:
    """What is said of each line; None where it comes back as it was."""
    found = native.read_lines(b"\n".join(lines))
    assert len(found) == len(lines)
    assert all(one == line for one, line in zip(found, lines, strict=True) if isinstance(one, bytes))
    return [None if isinstance(one, bytes) else one for one in found]


def turn(role: str, *texts: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text} for text in texts]}


def assert_read_exactly(lines: Iterable[bytes], least: int) -> None:
    lines = list(lines)
    found = accepted(lines)
    for line, one in zip(lines, found, strict=True):
        if one is not None:
            reading, problems = read_exactly(line)
            assert problems == []
            assert reading is not None
            assert says_the_same(one, reading)
    assert sum(one is not None for one in found) >= least


def test_what_is_accepted_of_mutated_lines_is_what_the_exact_reader_says() -> None:
    assert_read_exactly((line for line in mutated_lines(23, 12_000) if line), 800)


TEXTS = st.text(min_size=1, max_size=30).filter(lambda text: not text.isspace() and is_wanted(text))
SPACES = st.text(st.sampled_from(" \t\r"), max_size=2)


@given(st.lists(st.lists(TEXTS, min_size=1, max_size=3), min_size=2, max_size=6), st.data())
def test_conversations_of_texts_are_accepted_however_they_are_written(
    turns: list[list[str]], data: st.DataObject
) -> None:
    contents = [turn(("user", "model")[index % 2], *texts) for index, texts in enumerate(turns)]
    pairs: list[tuple[str, Any]] = [("contents", contents[: len(contents) // 2 * 2])]
    if data.draw(st.booleans()):
        system = {"parts": [{"text": text} for text in data.draw(st.lists(TEXTS, min_size=1, max_size=2))]}
        pairs.append(("systemInstruction", system | data.draw(st.sampled_from([{}, {"role": ""}, {"role": "system"}]))))
    if data.draw(st.booleans()):
        contents[0] = dict(reversed(contents[0].items()))
    line = dict(data.draw(st.permutations(pairs)))
    separators = tuple(f"{data.draw(SPACES)}{mark}{data.draw(SPACES)}" for mark in ",:")
    written = json.dumps(line, ensure_ascii=data.draw(st.booleans()), separators=separators)
    space = data.draw(SPACES)
    encoded = f"{space}{written}{space}".encode()
    assert_read_exactly([encoded], 1)
    assert len(read_block(encoded + b"\n")) == 1


def test_every_character_is_judged_as_in_python() -> None:
    # Beyond the first plane, where all are wanted, a sample says enough.
    codes = [*range(0x20, 0xD800), *range(0xE000, 0x11000), *range(0x11000, sys.maxunicode, 97), sys.maxunicode]
    codes = [code for code in codes if chr(code) not in '"\\']
    for start in range(0, len(codes), 100_000):
        part = codes[start : start + 100_000]
        wanted = [is_wanted(chr(code)) for code in part]
        alone = [one and not chr(code).isspace() for code, one in zip(part, wanted, strict=True)]
        raw = [chr(code).encode() for code in part]
        escaped = [json.dumps(chr(code)).encode()[1:-1] for code in part]
        for texts in (raw, escaped):
            assert [one is not None for one in accepted([line_with(b"a" + text) for text in texts])] == wanted
            found = accepted([line_with(text) for text in texts])
            assert [one is not None for one in found] == alone
            assert [one[0] for one in found if one] == [text for text, one in zip(raw, alone, strict=True) if one]


def test_the_end_of_a_prompt_is_folded_as_in_python_or_not_at_all() -> None:
    codes = [*range(0x20, 0x2028), *range(0x2070, 0xD800), *range(0xE000, 0xFE00), *range(0x10000, 0x11000)]
    prompts = ["A" * 45 + chr(code) for code in codes if is_wanted(chr(code)) and chr(code) not in '"\\']
    found = accepted([line_with(prompt.encode()) for prompt in prompts])
    looked_at = 0
    for prompt, one in zip(prompts, found, strict=True):
        assert one is not None
        assert one[7] in (None, normalised(prompt.encode())[-40:]), prompt
        looked_at += one[7] is not None
    assert looked_at > 30_000


MARKED = st.text(
    st.sampled_from("aB \n\u0416\u00c5A\u030a\u0301\uac00\u1100\u1161\u11a8\uff21\u00df\u6771\u30a6\u3099")
)


@given(st.lists(MARKED, min_size=1, max_size=3), st.integers(0, 50))
def test_what_composes_with_its_neighbours_is_left_to_python(texts: list[str], more: int) -> None:
    contents = [turn("user", *(f"a{text}{'x' * more}" for text in texts)), turn("model", "b")]
    assert_read_exactly([json.dumps({"contents": contents}, ensure_ascii=False).encode()], 1)


def test_files_are_named_with_their_places() -> None:
    def line(uri: str, mime: str, answer: dict[str, Any], files: int = 2) -> bytes:
        file = {"fileData": {"fileUri": uri, "mimeType": mime}}
        parts = [*[file] * (files - 1), {"text": "a"}, file]
        return json.dumps(
            {"contents": [{"role": "user", "parts": parts}, {"role": "model", "parts": [answer]}]}
        ).encode()

    text = {"text": "b"}
    lines = [line("gs://b/1.png", "image/png", text), line("gs://b/\u00e9.png", "image/png", text, files=32)]
    assert_read_exactly(lines, 2)
    ((*_, files, tail),) = [one for one in accepted(lines[:1]) if one]
    assert files == (("image/png", "gs://b/1.png", 0, 0), ("image/png", "gs://b/1.png", 0, 2))
    assert tail == b""
    others = [line("https://b/1.png", "image/png", text), line("gs://b/1.png", "png", text), line("gs:", "a/b", text)]
    others += [line("gs://b/1", "a/b", text, files=33), line("gs://b/1", "a/b", {"fileData": {}})]
    others += [line("gs://b/1", "a/b", {"fileData": {"fileUri": "gs://b/1", "mimeType": "a/b"}})]
    others += [
        lines[0].replace(b'"mimeType"', b'"mimetype"'),
        lines[0].replace(b'"mimeType": "image/png"', b'"fileUri": "gs://a"'),
    ]
    assert accepted(others) == [None] * len(others)


def test_control_characters_and_line_ends_are_judged_by_what_they_stand_for() -> None:
    for code in range(0x20):
        assert accepted([line_with(b"a\\u%04x" % code)])[0] == (
            (b"a" + bytes([code]), b"b", b"", 2, 2, 1, (), b"") if chr(code) in "\t\n\r" else None
        )
        if code != ord("\n"):
            assert accepted([line_with(b"a" + bytes([code]))]) == [None]
    for escape, character in (
        (b"\\n", "\n"),
        (b"\\/", "/"),
        (b'\\"', '"'),
        (b"\\\\", "\\"),
        (b"\\t", "\t"),
        (b"\\r", "\r"),
    ):
        assert accepted([line_with(b"a" + escape)]) == [(f"a{character}".encode(), b"b", b"", 2, 2, 1, (), b"")]
    for refused in (
        b"\\b",
        b"\\f",
        b"\\a",
        b"\\",
        b"\\u12",
        b"\\u12g4",
        b"\\ud83d",
        b"\\ude00",
        b"\\ud83d\\u0041",
        b"\\ud83dx",
    ):
        assert accepted([line_with(b"a" + refused)]) == [None]
    assert accepted([line_with(b"\\ud83D\\uDe00")]) == [("\U0001f600".encode(), b"b", b"", 2, 1, 1, (), None)]


def test_only_utf_8_is_accepted() -> None:
    two = [bytes(pair) for pair in product(range(0x80, 0x100), range(0x100)) if pair[1] not in b'\n"\\']
    three = [bytes(codes) for codes in product((0xE0, 0xED, 0xEF, 0xF0, 0xF4), range(0x7E, 0xC2), range(0x7E, 0xC2))]
    four = [one + b"\x80" for one in three if one[0] >= 0xF0]
    for text, one in zip(
        two + three + four, accepted([line_with(b"a" + text) for text in two + three + four]), strict=True
    ):
        try:
            wanted = is_wanted(text.decode())
        except UnicodeDecodeError:
            wanted = False
        assert (one is not None) == wanted, text


@pytest.mark.parametrize(
    "mark", [b"\\n", "\u00e9".encode(), "\u6771".encode(), b"\\u6771", b'\\"', "\U0001f600".encode()]
)
def test_texts_of_every_length_end_where_they_end(mark: bytes) -> None:
    lines = [line_with(b"x" * before + mark + b"y" * behind) for before in range(1, 20) for behind in range(20)]
    assert_read_exactly(lines, 380)
    assert_read_exactly(
        [line_with(b"x" * before + mark * count) for before in range(1, 9) for count in range(1, 30)], 232
    )


CUT = line_with(b'say \\"hi\\" \\u00e9 \\ud83d\\ude00 \xc3\xa9 \xf0\x9f\x98\x80')


def test_a_line_that_is_cut_off_anywhere_is_not_accepted() -> None:
    assert accepted([CUT[:end] for end in range(len(CUT))]) == [None] * len(CUT)
    assert accepted([CUT]) != [None]
    assert accepted([CUT + more for more in (b"}", b",", b"x", b"\x00", CUT)]) == [None] * 5


@pytest.mark.parametrize(
    "line",
    [
        b'{"contents":[{"role":"user","role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]}]}',
        b'{"contents":[{"role":"user","parts":[{"text":"a","text":"a"}]},{"role":"model","parts":[{"text":"b"}]}]}',
        b'{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"user","parts":[{"text":"b"}]}]}',
        b'{"contents":[{"role":"model","parts":[{"text":"a"}]},{"role":"user","parts":[{"text":"b"}]}]}',
        b'{"contents":[{"role":"user","parts":[{"text":"a"}]}]}',
        b'{"contents":[{"role":"user","parts":[]},{"role":"model","parts":[{"text":"b"}]}]}',
        b'{"contents":[{"role":"user","parts":[{"text":""}]},{"role":"model","parts":[{"text":"b"}]}]}',
        b'{"contents":[{"parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]}]}',
        b'{"contents":[]}',
        b'{"systemInstruction":{"parts":[{"text":"a"}]}}',
        b'{"contents":[],"contents":[]}',
        b"{}",
        b"[]",
        b"",
        b" ",
        b"\x00",
    ],
)
def test_what_another_reader_has_to_tell_comes_back_as_it_is(line: bytes) -> None:
    assert native.read_lines(line + b"\n") == [line]


def test_line_ends_end_lines() -> None:
    line = line_with(b"a")
    texts = (b"a", b"b", b"", 2, 1, 1, (), b"")
    assert native.read_lines(b"") == []
    assert native.read_lines(b"\n") == [b""]
    assert native.read_lines(line) == [texts]
    assert native.read_lines(line + b"\r\n" + line + b"\n\n") == [texts, texts, b""]


def test_lines_with_very_many_turns_or_texts_are_left_to_the_next_reader() -> None:
    for turns, texts, within in ((128, 1, True), (130, 1, False), (2, 128, True), (2, 129, False)):
        contents = [turn(("user", "model")[index % 2], *["a"] * texts) for index in range(turns)]
        line = json.dumps({"contents": contents}).encode()
        assert (accepted([line]) != [None]) == within
        (read,) = read_block(line)
        reading, _ = read_exactly(line)
        assert isinstance(read, tuple)
        assert reading is not None
        assert says_the_same(read, reading)


def test_only_bytes_are_read() -> None:
    for wrong in ("{}", bytearray(b"{}"), None):
        with pytest.raises(TypeError):
            native.read_lines(wrong)


def test_nothing_that_was_read_stays_in_memory() -> None:
    system = {"parts": [{"text": "be brief"}]}
    line = json.dumps({"systemInstruction": system, "contents": [turn("user", "a" * 99), turn("model", "b" * 999)]})
    block = b"\n".join([line.encode(), b"broken", line.replace("brief", "short").encode()] * 50)
    native.read_lines(block)
    tracemalloc.start()
    try:
        for _ in range(200):
            native.read_lines(block)
        assert tracemalloc.get_traced_memory()[0] < len(block)
    finally:
        tracemalloc.stop()
