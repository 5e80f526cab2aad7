"""Test examples that the models may have been trained on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from components.dataset_validation.engine.known_prompts import prompt_hash
from components.dataset_validation.example import Example, decode_example
from components.errors import dataset_error
from components.evaluation.requests import TestExample


def find_overlap(examples: Sequence[TestExample], train: Iterable[bytes]) -> list[str]:
    """Ids of the test examples whose prompt is in the training file; case and spacing do not count.

    Args:
        examples: The test set.
        train: Lines of the training files; lines that are no examples are passed over.
    """
    known = {_hash(example.prompt_text()) for example in examples}
    found = set()
    for line in train:
        trained = _prompt(line)
        if trained is not None and (number := _hash(trained)) in known:
            found.add(number)
    return [example.example_id for example in examples if _hash(example.prompt_text()) in found]


def refuse_overlap(overlapping: Sequence[str], rows: int, *, force: bool) -> None:
    """Do nothing when there is no overlap, or the user insists.

    Raises:
        RetuneError: `EVAL-OVERLAP`.
    """
    if overlapping and not force:
        raise dataset_error(
            "EVAL-OVERLAP",
            f"{len(overlapping)} of {rows} test examples have a prompt of the training file, so scores would flatter",
            "take them out (`retune split`, `retune dedupe`), or give --force: the result is marked then",
            f"test line {int(overlapping[0].partition('-')[0])}",
        )


def _prompt(line: bytes) -> str | None:
    if not line.strip():
        return None
    try:
        example: Example = decode_example(line)
    except (msgspec.DecodeError, RecursionError):
        return None
    texts = [part.text for turn in example.prompt() for part in turn.parts if part.text is not None]
    return "\n".join(texts)


def _hash(prompt: str) -> int:
    return prompt_hash(prompt.encode("utf-8", "replace"))
