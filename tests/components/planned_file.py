"""A training file in memory, as planning reads it."""

from __future__ import annotations

import io
import json
from functools import partial
from typing import Any

from components.dataset_validation.snapshot import Snapshot, SplitFacts
from components.run_planning.planned_dataset import PlannedDataset
from components.run_planning.token_sample import sample_examples

ANSWERS = ("blocked", "top up")


def planned_file(rows: int, picture: str = "") -> tuple[PlannedDataset, list[str]]:
    """A dataset of so many examples and all its texts.

    Args:
        rows: Examples.
        picture: Address of a picture that every example has; none when empty.
    """
    lines, texts = [], list[str]()
    for number in range(rows):
        question, answer = f"where is my card {'x' * number}", ANSWERS[number % 2]
        asked: list[dict[str, Any]] = [{"text": question}]
        if picture:
            asked.append({"fileData": {"mimeType": "image/png", "fileUri": picture}})
        contents = [{"role": "user", "parts": asked}, {"role": "model", "parts": [{"text": answer}]}]
        lines.append(json.dumps({"contents": contents}))
        texts += [question, answer]
    source = partial(io.BytesIO, "\n".join(lines).encode())
    tokens = sum(one.tokens for one in sample_examples(source, rows, rows))
    snapshot = Snapshot("gs://tokens/s/", "5" * 64, {"train": SplitFacts("train", rows, 1, "0" * 64, tokens)}, "")
    return PlannedDataset(snapshot, lambda split: source, {}), texts
