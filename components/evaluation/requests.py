"""The held-out test set as requests: one per line, identified by line number and content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from components.dataset_validation.example import Content, Example, decode_example
from components.errors import dataset_error

TEMPERATURE = 0.0


class TestExample(msgspec.Struct, frozen=True):
    """One held-out example: what every model is asked and what the answer should be.

    Attributes:
        example_id: 1-based line number in seven digits, a hyphen and the first 8 hex digits of the line's SHA-256.
        request: What `Generator.ask` takes: `contents` in camelCase, `temperature`, `seed` and, where the example has
            one, `systemInstruction` as text. No response schema: sent to a tuned model it can lower quality, because
            it was not applied while tuning
            (https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning/about).
        request_hash: SHA-256 (hex) of the request with sorted keys.
        reference: The wanted answer.
    """

    __test__ = False

    example_id: str
    request: dict[str, Any]
    request_hash: str
    reference: str

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
        RetuneError: `EVAL-EMPTY`, there is no example; `EVAL-REFERENCE`, an example has no reference text.
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
    example = decode_example(line)
    reference = example.reference()
    if not reference.strip():
        raise dataset_error(
            "EVAL-REFERENCE",
            "a test example has no reference answer in text",
            "end every test example with a model turn that contains text",
            f"test line {number}",
        )
    request = _request(example, seed)
    canonical = msgspec.json.encode(request, order="deterministic")
    return TestExample(
        example_id=f"{number:07d}-{hashlib.sha256(line).hexdigest()[:8]}",
        request=request,
        request_hash=hashlib.sha256(canonical).hexdigest(),
        reference=reference,
    )


def _request(example: Example, seed: int) -> dict[str, Any]:
    contents: list[dict[str, Any]] = [_turn(content) for content in example.prompt()]
    request: dict[str, Any] = {"contents": contents, "temperature": TEMPERATURE, "seed": seed}
    if example.system_instruction is not None:
        request["systemInstruction"] = example.system_instruction.text()
    return request


def _turn(content: Content) -> dict[str, Any]:
    turn: dict[str, Any] = msgspec.to_builtins(content)
    return turn
