"""A random sample of a file's examples, with the tokens that the validator estimates for them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import msgspec

from components.dataset_validation.example import decode_example
from components.dataset_validation.lines.exact_line import read_exactly
from components.dataset_validation.lines.line_stream import BinarySource, LineStream
from components.dataset_validation.lines.tokens import estimate_tokens, media_tokens
from components.dataset_validation.lines.typed_line import read_typed


@dataclass(frozen=True)
class SampledExample:
    """One example.

    Attributes:
        example: `contents` and, where it has them, `systemInstruction` and `tools`, keys in camelCase.
        prompt_tokens: Estimated tokens of everything but the answer.
        answer_tokens: Estimated tokens of the answer.
    """

    example: dict[str, Any]
    prompt_tokens: int
    answer_tokens: int

    @property
    def tokens(self) -> int:
        """Estimated tokens of the example."""
        return self.prompt_tokens + self.answer_tokens


def sample_examples(source: BinarySource, rows: int, size: int) -> list[SampledExample]:
    """At most `size` of the file's examples, drawn with a fixed seed: the same file gives the same sample.

    Args:
        source: Opens the file, which is valid.
        rows: Examples of the file.
        size: Examples to draw; all of them when there are no more.
    """
    drawn = set(random.Random(rows).sample(range(rows), min(size, rows)))  # noqa: S311 - a sample, not a secret
    with source() as stream:
        lines = (line for _, line in LineStream(stream) if line is not None and line.strip())
        return [_sampled(line) for row, line in enumerate(lines) if row in drawn]


def _sampled(line: bytes) -> SampledExample:
    example: dict[str, Any] = msgspec.to_builtins(decode_example(line))
    reading = read_typed(line) or read_exactly(line)[0]
    assert reading is not None
    # Rounded once for the whole example, as the validator does: short examples would differ by a tenth.
    whole = estimate_tokens(reading.system + reading.prompt + reading.answer)
    whole += media_tokens(reading.files, reading.media_resolution)
    answer = estimate_tokens(reading.answer)
    return SampledExample(example, whole - answer, answer)
