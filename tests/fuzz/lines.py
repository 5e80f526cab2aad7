"""Mutates valid lines, by structure and by bytes, and reads them as validation does."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from components.dataset_validation.engine.known_prompts import TAIL_BYTES, normalised
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.lines.exact_line import read_exactly
from components.dataset_validation.lines.line_texts import LineTexts, texts_of
from components.dataset_validation.lines.media_file import MediaFile
from components.dataset_validation.lines.read_block import read_lines
from components.dataset_validation.lines.reading import Reading
from components.dataset_validation.lines.typed_line import read_typed
from components.dataset_validation.rules.catalogue import RULES

_USER = {"role": "user", "parts": [{"text": 'say "hi" \\ \u00e9'}]}
_MODEL = {"role": "model", "parts": [{"text": "b\n\U0001f600"}]}
_CALL = {"functionCall": {"name": "f", "args": {"x": [1, 2.5, None]}}}
_RESPONSE = {"functionResponse": {"name": "f", "response": {"y": True}}}
_FILE = {"fileData": {"mimeType": "image/png", "fileUri": "gs://b/1.png"}}
_CLIP = {**_FILE, "videoMetadata": {"startOffset": "5s"}, "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"}}
_INLINE = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
_TOOLS = [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT"}}]}]
_QUESTION, _ANSWER = {"role": "user", "parts": [{"text": "q \u00fc"}]}, {"role": "model", "parts": [{"text": "a"}]}
SEEDS: list[dict[str, Any]] = [
    {"contents": [_QUESTION, _ANSWER]},
    {"systemInstruction": {"parts": [{"text": "s"}]}, "contents": [_QUESTION, _ANSWER, _QUESTION, _ANSWER]},
    {"contents": [{"role": "user", "parts": [_FILE, {"text": "a"}]}, _ANSWER]},
    {"contents": [{"role": "user", "parts": [_CLIP, _INLINE]}, _ANSWER]},
    {"contents": [_USER, _MODEL]},
    {"systemInstruction": {"role": "system", "parts": [{"text": "s"}]}, "contents": [_USER, _MODEL, _USER, _MODEL]},
    {"contents": [{"role": "user", "parts": [_FILE, {"text": "a"}]}, _MODEL], "generationConfig": {}},
    {
        "contents": [_USER, {"role": "model", "parts": [_CALL]}, {"parts": [_RESPONSE]}, _MODEL],
        "tools": _TOOLS,
        "generationConfig": {"mediaResolution": "MEDIA_RESOLUTION_LOW"},
    },
    {"contents": [{"parts": [{"text": "a"}]}, {"parts": [{"text": "b"}]}], "system_instruction": {"parts": []}},
    {"messages": [{"role": "user", "content": "a"}]},
]
_VALUES: list[Any] = [None, True, 0, -1, 1e308, 10**30, "", " ", "a", "\ufffd", "\u200b", "\x00", [], {}, [{}], "user"]
_KEYS = ["text", "role", "parts", "contents", "fileData", "system_instruction", "x", "tools", "args", "inlineData"]
_PIECES = [
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\\u0000", b"\\ud83d", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf",
    b"NaN", b"-", b"1e999", b"//", b"\r", b"\x00", b"\xc2\x85", b"\xe2\x80\x8b", b'"text":"a",', b'"role":"user",',
]  # fmt: skip


def mutated_lines(seed: int, count: int) -> Iterator[bytes]:
    """So many mutated lines; the same for the same seed."""
    generator = random.Random(seed)
    encoded = [json.dumps(one, ensure_ascii=ascii_only).encode() for one in SEEDS for ascii_only in (True, False)]
    for number in range(count):
        if number % 3:
            line = bytearray(generator.choice(encoded))
        else:
            line = bytearray(json.dumps(_restructured(generator), ensure_ascii=generator.random() < 0.5).encode())
        for _ in range(generator.randrange(4)):
            _change_bytes(generator, line, encoded)
        yield bytes(line).replace(b"\n", b"")


def _restructured(generator: random.Random) -> Any:
    root = json.loads(json.dumps(generator.choice(SEEDS)))
    for _ in range(generator.randint(1, 3)):
        node: Any = root
        while isinstance(node, dict | list) and node:
            key: Any = generator.choice(list(node)) if isinstance(node, dict) else generator.randrange(len(node))
            child = node[key]
            if isinstance(child, dict | list) and child and generator.random() < 0.7:
                node = child
                continue
            kind = generator.random()
            if kind < 0.4:
                node[key] = copy.deepcopy(generator.choice(_VALUES))
            elif kind < 0.6 and isinstance(node, dict):
                node[generator.choice(_KEYS)] = copy.deepcopy(generator.choice([child, *_VALUES]))
            elif kind < 0.8:
                del node[key]
            elif isinstance(node, list):
                node.append(child)
            break
    return root


def _change_bytes(generator: random.Random, line: bytearray, encoded: list[bytes]) -> None:
    at = generator.randrange(len(line) + 1)
    kind = generator.random()
    if kind < 0.4:
        line[at:at] = generator.choice(_PIECES)
    elif kind < 0.6:
        del line[at : at + generator.randint(1, 8)]
    elif kind < 0.8 and at < len(line):
        line[at] = generator.randrange(256)
    elif kind < 0.95:
        other = generator.choice(encoded)
        line[at:] = other[generator.randrange(len(other)) :]
    else:
        line[at:at] = line[: generator.randrange(40)] * generator.randint(1, 30)


def says_the_same(plain: LineTexts, reading: Reading) -> bool:
    """Whether the texts of a line, its files and the end of its prompt are those of its reading."""
    *texts, files, tail = plain
    whole = normalised(reading.prompt.encode())
    return (
        texts == [*texts_of(reading)[:6]]
        and tuple(MediaFile(*file) for file in files) == reading.files
        and tail in (None, whole[-TAIL_BYTES:] if len(whole) >= TAIL_BYTES else b"")
    )


def read_line(line: bytes, found: Counter[str]) -> tuple[Reading | None, list[Problem]]:
    """Read a line in all ways and count what comes out.

    Returns:
        What the exact reader says.

    Raises:
        AssertionError: The readers disagree, or a line has neither a reading nor a finding.
    """
    fast = read_typed(line)
    exact, problems = read_exactly(line)
    (plain,) = read_lines(line) or [line]
    assert all(problem.code in RULES and problem.message for problem in problems), line
    assert exact is not None or problems, line
    if fast is not None:
        assert not problems, line
        assert fast == exact, line
    if isinstance(plain, tuple):
        assert fast is not None, line
        assert says_the_same(plain, fast), line
    found.update(problem.code for problem in problems)
    found["(plain)"] += isinstance(plain, tuple)
    found["(fast)" if fast is not None else "(exact)" if exact is not None else "(refused)"] += 1
    return exact, problems
