"""Training examples as the learner reads them from a JSONL file in Gemini format.

Source of the format and of the limits: the supervised tuning pages of the service, "Prepare data" and "About
supervised fine-tuning". An example that is too long is dropped, never truncated; a malformed line ends the job.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from local_vertex.calls import Json
from local_vertex.learner.tokens import content_text, estimate_tokens

MAX_EXAMPLE_TOKENS = 131_072
MAX_DROPPED_FRACTION = 0.1


class TuningError(Exception):
    """A fit that cannot go on.

    Args:
        code: google.rpc code of the job's error, e.g. 3 for INVALID_ARGUMENT.
        message: The sentence that the job shows.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked: the conversation so far and the instruction above it."""

    conversation: str
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """One line of a tuning dataset.

    Attributes:
        question: All turns before the answer.
        answer: Text of the final model turn.
        messages: Turns of the example, the answer included.
        contents: The turns as they were written.
    """

    question: Question
    answer: str
    messages: int
    contents: list[Json]

    @property
    def input_tokens(self) -> int:
        """Estimated tokens of the system instruction and of the turns before the answer."""
        return estimate_tokens(self.question.instruction) + estimate_tokens(self.question.conversation)

    @property
    def output_tokens(self) -> int:
        """Estimated tokens of the answer."""
        return estimate_tokens(self.answer)


@dataclass(slots=True)
class Examples:
    """A dataset as it is tuned on.

    Attributes:
        kept: The examples that fit.
        dropped: 1-based line numbers of those that do not.
        reasons: Why, parallel to `dropped`.
    """

    kept: list[Example] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def question_of(contents: list[Json], instruction: Json | None) -> Question:
    """The question that a request or an example puts, turns joined by newlines."""
    return Question(
        "\n".join(content_text(content) for content in contents), content_text(instruction) if instruction else ""
    )


def read_examples(file: Path) -> Examples:
    """All examples of a dataset that are short enough.

    Raises:
        TuningError: A line is malformed (the message names it, 1-based), no example is left, or more than 10 % are
            too long.
    """
    examples = Examples()
    for number, example in _parsed(file):
        tokens = example.input_tokens + example.output_tokens
        if tokens > MAX_EXAMPLE_TOKENS:
            examples.dropped.append(number)
            examples.reasons.append(f"The example has {tokens} tokens; the maximum is {MAX_EXAMPLE_TOKENS}.")
        else:
            examples.kept.append(example)
    total = len(examples.kept) + len(examples.dropped)
    if total == 0:
        raise TuningError(3, "The dataset is empty: at least one example is needed.")
    if len(examples.dropped) > MAX_DROPPED_FRACTION * total:
        raise TuningError(
            3,
            f"{len(examples.dropped)} of {total} examples were dropped, more than 10 %. "
            f"First reason, line {examples.dropped[0]}: {examples.reasons[0]}",
        )
    return examples


def _parsed(file: Path) -> Iterator[tuple[int, Example]]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield number, _example(json.loads(line))
            except (ValueError, RecursionError) as error:
                # json's message quotes no content, and the others below are ours.
                raise TuningError(3, f"Failed to parse the dataset: line {number}: {error}") from None


def _example(line: object) -> Example:
    if not isinstance(line, dict):
        raise ValueError("the line is not a JSON object.")
    contents = line.get("contents")
    if not isinstance(contents, list) or len(contents) < 2:
        raise ValueError("contents must be a list of at least a user turn and a model turn.")
    instruction = line.get("systemInstruction") or line.get("system_instruction")
    for content in contents if instruction is None else [*contents, instruction]:
        _check_parts(content)
    _check_roles([content.get("role") for content in contents])
    if not all(isinstance(part.get("text"), str) for part in contents[-1]["parts"]):
        raise ValueError("local Vertex tunes on text answers only, and the final model turn has another part.")
    return Example(question_of(contents[:-1], instruction), content_text(contents[-1]), len(contents), contents)


def _check_parts(content: object) -> None:
    parts = content.get("parts") if isinstance(content, dict) else None
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) and part for part in parts):
        raise ValueError("every turn needs a list of parts that are not empty.")


def _check_roles(roles: list[object]) -> None:
    for role in roles:
        # Google's function-calling sample leaves the role of a functionResponse turn out.
        if role not in ("user", "model", "function", None):
            raise ValueError(f"Invalid role {str(role)[:32]!r}; roles are user and model.")
    if roles[-1] not in ("model", None):
        raise ValueError("the last turn must have the role model.")
    if any(first == second and first is not None for first, second in pairwise(roles)):
        raise ValueError("consecutive_turns: turns of user and model must alternate.")
