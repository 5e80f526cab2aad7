"""What a checkpoint answers to the validation file, for the evaluation of checkpoints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from local_vertex.learner.examples import Example, TuningError
from local_vertex.learner.learner import Learner


def check_text_only(examples: Sequence[Example]) -> None:
    """Nothing when every part of every turn is a text.

    Raises:
        TuningError: The service's own words for other parts.
    """
    if any("text" not in part for example in examples for content in example.contents for part in content["parts"]):
        raise TuningError(
            3,
            "Failed to convert GeminiTuneExamples to Evaluation Examples. Multimodal is not supported for tunex "
            "evaluation datasets at this time.",
        )


def write_answers(learner: Learner, examples: Sequence[Example], file: Path) -> None:
    """Write one JSON object per example: `prompt`, `response` and `reference`."""
    with file.open("w", encoding="utf-8") as lines:
        for example in examples:
            question = example.question
            prompt = "\n".join(filter(None, (question.instruction, question.conversation)))
            answer = learner.answer(question).text
            line = {"prompt": prompt, "response": answer, "reference": example.answer}
            lines.write(json.dumps(line) + "\n")
