"""Checkpoints of a tuning job on free text, asked through Google's client."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from google.genai import types

from local_vertex.learner.untuned import Untuned
from tests.local_vertex.conftest import example
from tests.local_vertex.learner.datasets import directions

if TYPE_CHECKING:
    from tests.local_vertex.conftest import Cloud


def test_later_checkpoints_answer_what_the_first_leaves_to_the_base_model(new_cloud: Callable[[str], Cloud]) -> None:
    cloud = new_cloud("free-text")
    train, unseen = ([example(one.question.conversation, one.answer, "") for one in split] for split in directions())
    validation = types.TuningValidationDataset(gcs_uri=cloud.upload("validation.jsonl", unseen))
    uri = cloud.upload("train.jsonl", train)
    rate = {"learning_rate_multiplier": 0.1, "epoch_count": 8}
    job = cloud.ended(cloud.tune(uri, validation_dataset=validation, **rate))
    asked = directions()[1][0]
    answers = [
        cloud.genai().models.generate_content(model=str(checkpoint.endpoint), contents=asked.question.conversation).text
        for checkpoint in job.tuned_model.checkpoints or []  # type: ignore[union-attr]
    ]
    assert answers[0] == Untuned().answer(asked.question).text
    assert answers[-1] == asked.answer
    stats = job.tuning_data_stats.supervised_tuning_data_stats  # type: ignore[union-attr]
    assert stats.tuning_step_count == 8 * 16  # type: ignore[union-attr]
