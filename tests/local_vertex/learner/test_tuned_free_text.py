"""Checkpoints of a tuning job on free text, asked through Google's client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.genai import errors, types

from local_vertex.learner import checkpoints
from local_vertex.learner.untuned import Untuned
from tests.local_vertex.conftest import example
from tests.local_vertex.learner.datasets import directions

if TYPE_CHECKING:
    from local_vertex.server import RunningServer
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


def test_a_checkpoint_of_an_older_version_says_what_to_do(
    new_cloud: Callable[[str], Cloud], vertex_env: RunningServer
) -> None:
    cloud = new_cloud("older")
    uri = cloud.upload("train.jsonl", [example("ask", "say", "")] * 10)
    job = cloud.ended(cloud.tune(uri, epoch_count=1))
    [file] = _newest_checkpoints(vertex_env.state_directory)
    meta, arrays = checkpoints.read_checkpoint(file)
    checkpoints.write_checkpoint(file, {**meta, "format": 1}, arrays)
    endpoint = str(job.tuned_model.endpoint)  # type: ignore[union-attr]
    with pytest.raises(errors.ClientError, match=r"FAILED_PRECONDITION.*older version of local Vertex; tune it again"):
        cloud.genai().models.generate_content(model=endpoint, contents="ask")
    with pytest.raises(errors.ClientError, match="older version"):
        cloud.genai().models.generate_content(model=endpoint, contents="ask")


def _newest_checkpoints(state: Path) -> list[Path]:
    files = sorted(state.rglob("*.npz"), key=lambda file: file.stat().st_mtime_ns)
    return [file for file in files if file.parent == files[-1].parent]
