"""What a finished tuning job is looked at for: checkpoints, overfitting, and the data it was tuned on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.dataset_validation.snapshot import SplitFacts
from components.errors import ExitCode, RetuneError
from components.gcp.tuning_metrics import Curves
from components.gcp.tuning_status import Checkpoint, DataStatistics
from components.supervised_tuning.checkpoint_choice import choose_checkpoint, find_overfitting, keep_default
from components.supervised_tuning.data_check import check_data

CHECKPOINTS = [Checkpoint(str(epoch), epoch, 10 * epoch, f"endpoint-{epoch}") for epoch in (1, 2, 3)]
TRAIN = SplitFacts("gs://b/train.jsonl", 1000, 1, "0" * 64, 50_000)
FOUND = DataStatistics(1000, 0, (), (), 50_000, 30)


def curves(eval_loss: list[tuple[int, float]], train_loss: list[tuple[int, float]] | None = None) -> Curves:
    falling = [(step, 1.0 / step) for step in range(1, 31)]
    accuracy = [(step, 0.5) for step in range(1, 31)]
    series = {"/train_total_loss": train_loss or falling, "/train_fraction_of_correct_next_step_preds": accuracy}
    return Curves("experiment", {**series, "/eval_total_loss": eval_loss} if eval_loss else series)


def test_the_checkpoint_with_the_lowest_validation_loss_is_chosen() -> None:
    choice = choose_checkpoint(CHECKPOINTS, curves([(10, 0.5), (20, 0.3), (30, 0.4)]), "endpoint-3")
    assert (choice.checkpoint_id, choice.epoch, choice.endpoint) == ("2", 2, "endpoint-2")
    assert choice.reason == "lowest validation loss, 0.3, of 3 checkpoints"
    assert choice.eval_losses == {"1": 0.5, "2": 0.3, "3": 0.4}


def test_of_equal_checkpoints_the_earlier_one_is_chosen() -> None:
    assert choose_checkpoint(CHECKPOINTS, curves([(10, 0.3), (20, 0.3), (30, 0.3)]), "endpoint-3").checkpoint_id == "1"


def test_validation_between_checkpoints_counts_for_the_one_that_follows() -> None:
    choice = choose_checkpoint(CHECKPOINTS, curves([(5, 0.1), (9, 0.5), (19, 0.4), (28, 0.6)]), "endpoint-3")
    assert choice.eval_losses == {"1": 0.5, "2": 0.4, "3": 0.6}


@pytest.mark.parametrize("seen", [None, curves([])])
def test_without_validation_losses_the_default_stays(seen: Curves | None) -> None:
    choice = choose_checkpoint(CHECKPOINTS, seen, "endpoint-3")
    assert (choice.checkpoint_id, choice.endpoint) == ("3", "endpoint-3")
    assert "no validation loss" in choice.reason


def test_a_checkpoint_without_an_endpoint_is_not_chosen() -> None:
    lost = [replace_endpoint(one, "" if one.checkpoint_id == "2" else one.endpoint) for one in CHECKPOINTS]
    assert choose_checkpoint(lost, curves([(10, 0.5), (20, 0.3), (30, 0.4)]), "endpoint-3").checkpoint_id == "3"


def replace_endpoint(one: Checkpoint, endpoint: str) -> Checkpoint:
    return Checkpoint(one.checkpoint_id, one.epoch, one.step, endpoint)


def test_a_model_whose_checkpoints_are_not_named_has_its_one_endpoint() -> None:
    choice = keep_default([], "endpoint", "because")
    assert (choice.checkpoint_id, choice.endpoint) == ("", "endpoint")


def test_validation_loss_that_rises_while_training_loss_falls_is_overfitting() -> None:
    said = find_overfitting(curves([(10, 0.5), (20, 0.3), (30, 0.4)]))
    assert said.startswith("overfitting: from step 20 to step 30 validation loss rose from 0.3 to 0.4")


@pytest.mark.parametrize(
    ("eval_loss", "train_loss"),
    [
        ([(10, 0.5), (20, 0.4), (30, 0.3)], None),
        ([(10, 0.5), (20, 0.3), (30, 0.302)], None),
        ([(10, 0.5), (20, 0.3), (30, 0.4)], [(20, 0.2), (30, 0.25)]),
        ([], None),
    ],
    ids=["falls to the end", "less than one percent", "training loss rises too", "no validation set"],
)
def test_no_overfitting(eval_loss: list[tuple[int, float]], train_loss: list[tuple[int, float]] | None) -> None:
    assert find_overfitting(curves(eval_loss, train_loss)) == ""


def test_metrics_by_epoch_are_those_at_its_end() -> None:
    found = curves([(10, 0.5), (20, 0.3), (30, 0.4)]).epochs(3)
    assert [(one.epoch, one.step, one.eval_loss) for one in found] == [(1, 10, 0.5), (2, 20, 0.3), (3, 30, 0.4)]
    assert [one.train_loss for one in found] == [1 / 10, 1 / 20, 1 / 30]


def test_data_as_validated_has_nothing_to_say() -> None:
    assert check_data(TRAIN, FOUND, 3, 0.01).warnings == []
    assert check_data(TRAIN, replace(FOUND, billable_tokens=3 * 50_000), 3, 0.01).warnings == []


def test_dropped_examples_above_the_share_are_an_error_with_lines_and_reasons() -> None:
    found = replace(FOUND, dropped=20, dropped_lines=(17, 301), dropped_reasons=("too long", "invalid image"))
    with pytest.raises(RetuneError, match="TUNE-DROPPED: the service left out 20 of 1,000") as caught:
        check_data(TRAIN, found, 3, 0.01)
    assert "line 17: too long; line 301: invalid image; and 18 more" in caught.value.message
    assert caught.value.exit_code == ExitCode.DATASET_INVALID
    assert "tuning.max_dropped_share" in caught.value.next_step


def test_few_dropped_examples_are_a_warning() -> None:
    found = replace(FOUND, dropped=10, dropped_lines=(17,))
    check = check_data(TRAIN, found, 3, 0.01)
    assert check.warnings == [
        "the service left out 10 of 1,000 examples: line 17: no reason given; and 9 more",
    ]
    assert (check.dropped, check.dropped_lines) == (10, [17])


def test_a_file_of_another_length_and_other_costs_are_said() -> None:
    check = check_data(TRAIN, replace(FOUND, examples=900, billable_tokens=90_000), 1, 0.01)
    assert check.warnings == [
        "1,000 examples were validated, the service counted 900",
        "50,000 tokens were estimated, the service bills 90,000",
    ]


def test_missing_statistics_are_said() -> None:
    assert check_data(TRAIN, None, 1, 0.0).warnings == ["the service reported no statistics of the training data"]
