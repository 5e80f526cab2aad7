"""The held-out test set as requests: one per line, identified by line number and content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from components.dataset_validation.example import Content, Example, decode_example
from components.errors import dataset_error
from components.gcp.answers import calls_text

TEMPERATURE = 0.0


class TestExample(msgspec.Struct, frozen=True):
    """One held-out example: what every model is asked and what the answer should be.

    Attributes:
        example_id: 1-based line number in seven digits, a hyphen and the first 8 hex digits of the line's SHA-256.
        request_json: The request with sorted keys, as JSON, which takes a third of the memory of the object.
        request_hash: SHA-256 (hex) of `request_json`.
        reference: The wanted answer: a text, or function calls as `calls_text` writes them.
    """

    __test__ = False

    example_id: str
    request_json: bytes
    request_hash: str
    reference: str

    @property
    def request(self) -> dict[str, Any]:
        """What `Generator.ask` takes.

        `contents` in camelCase, `temperature`, `seed` and, where the example has them, `systemInstruction` as text and
        `tools`. No response schema: sent to a tuned model it can lower quality, because it was not applied while tuning
        (https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning/about).
        """
        decoded: dict[str, Any] = msgspec.json.decode(self.request_json)
        return decoded

    def prompt_text(self) -> str:
        """The text of all turns the model is asked with, joined by newlines."""
        turns = self.request["contents"]
        texts = [part["text"] for turn in turns for part in turn["parts"] if "text" in part]
        return "\n".join(texts)


def load_test_examples(lines: Iterable[bytes], *, seed: int, limit: int | None = None) -> list[TestExample]:
    """The test examples of a snapshot's `test.jsonl`.

    Args:
        lines: The file's lines; blank lines are counted and skipped.
        seed: Seed sent with every request, so that a deterministic service repeats its answer.
        limit: Use only the first so many examples; None for all.

    Raises:
        RetuneError: `EVAL-EMPTY`, there is no example; `EVAL-LINE`, a line is no example; `EVAL-REFERENCE`, an example
            has no reference answer.
    """
    examples: list[TestExample] = []
    for number, line in _numbered(lines):
        if limit is not None and len(examples) == limit:
            break
        examples.append(_test_example(number, line, seed))
    if not examples:
        raise dataset_error("EVAL-EMPTY", "the test set has no examples", "add held-out examples to the test file")
    return examples


def _numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(lines, start=1):
        stripped = line.rstrip(b"\r\n")
        if stripped.strip():
            yield number, stripped


def _test_example(number: int, line: bytes, seed: int) -> TestExample:
    example = _decoded(number, line)
    calls = example.contents[-1].function_calls() if example.contents else []
    reference = calls_text(calls) if calls else example.reference() if example.contents else ""
    if not reference.strip() or not example.prompt():
        raise dataset_error(
            "EVAL-REFERENCE",
            "a test example has no question, or no reference answer",
            "end every test example with a model turn that contains a text or a function call",
            f"test line {number}",
        )
    request_json = msgspec.json.encode(_request(example, seed), order="deterministic")
    return TestExample(
        example_id=f"{number:07d}-{hashlib.sha256(line).hexdigest()[:8]}",
        request_json=request_json,
        request_hash=hashlib.sha256(request_json).hexdigest(),
        reference=reference,
    )


def _decoded(number: int, line: bytes) -> Example:
    try:
        return decode_example(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise dataset_error(
            "EVAL-LINE",
            f"a line of the test set is no example in Gemini's format: {error}",
            "correct it; `retune validate` finds all of them",
            f"test line {number}",
        ) from error


def _request(example: Example, seed: int) -> dict[str, Any]:
    contents: list[dict[str, Any]] = [_turn(content) for content in example.prompt()]
    request: dict[str, Any] = {"contents": contents, "temperature": TEMPERATURE, "seed": seed}
    if example.system_instruction is not None:
        request["systemInstruction"] = example.system_instruction.text()
    if example.tools:
        request["tools"] = example.tools
    return request


def _turn(content: Content) -> dict[str, Any]:
    turn: dict[str, Any] = msgspec.to_builtins(content)
    return turn
