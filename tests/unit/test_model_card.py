"""The model card says what a version was made from, what it cost, what it showed and where its limits are."""

from __future__ import annotations

import msgspec
import pytest

from components.dataset_validation.snapshot import Snapshot, SplitFacts
from components.evaluation.gate import decide
from components.evaluation.gate_settings import GateSettings
from components.evaluation.report_data import CostLine
from components.gcp.tuning_metrics import EpochMetrics
from components.model_registration.card_training import parameters
from components.model_registration.model_card import CardFacts, render_card
from components.run_planning.candidate import Candidate
from components.supervised_tuning.checkpoint_choice import CheckpointChoice
from components.supervised_tuning.data_check import DataCheck
from components.supervised_tuning.tuned_model import TunedModel
from tests.unit.test_evaluation_gate import BASE, candidate, judged, right

GEMINI = Candidate("gemini-2.5-flash", 3, 2.0, 4, "f1")
EPOCHS = [
    EpochMetrics(1, 10, 0.9, 0.5, 0.8, 0.55),
    EpochMetrics(2, 20, 0.5, 0.7, 0.4, 0.75),
    EpochMetrics(3, 30, 0.2, 0.9, 0.7, 0.7),
]
TUNED = TunedModel(
    GEMINI, "projects/p/locations/l/tuningJobs/1", "projects/p/locations/l/models/1@1", "endpoint", False, 300, EPOCHS,
    checkpoint=CheckpointChoice("2", 2, "endpoint", "lowest validation loss, 0.4, of 3 checkpoints", {"2": 0.4}),
    data=DataCheck(400, 398, 2, [7, 9], 290, 300, []),
    warnings=["validation loss rose by 50 % after epoch 2"],
)  # fmt: skip
SPLIT = SplitFacts("gs://b/train.jsonl", 400, 9000, "ab", 1200)
SNAPSHOT = Snapshot("gs://b/snapshots/ab/", "ab", {"train": SPLIT}, "gs://b/facts.json")
DATASET = {"splits": {"train": {"labels": {"a|b": 3}}}, "findings": {"DATA-DUPLICATE": 12}}
COSTS = [CostLine("Tuning gemini", 4.2, "1,200 tokens, estimated"), CostLine("Answers of base", None)]


@pytest.fixture(scope="module")
def facts() -> CardFacts:
    evaluation = judged((BASE, right(200)), (candidate(), right(320)))
    return CardFacts("line", "run-1", TUNED, SNAPSHOT, DATASET, evaluation, decide(evaluation, GateSettings()), COSTS)


def test_the_card_has_what_the_version_was_made_from_and_what_it_cost(facts: CardFacts) -> None:
    card = render_card(facts).replace("\\", "")
    for wanted in (
        "| tuning | 3 epochs, learning rate × 2, adapter size 4 |",
        "| `DATA-DUPLICATE` | 12 | ",
        "Chosen checkpoint: checkpoint 2, after epoch 2 (lowest validation loss, 0.4, of 3 checkpoints).",
        "| 2 (chosen) | 0.5000 | 0.4000 | 75.0% |",
        "Loss by epoch: training █▄▁, validation █▁▆",
        "The service counted 398 of 400 validated examples and left out 2; 300 tokens were billed.",
        "- validation loss rose by 50 % after epoch 2",
        "| Tuning gemini | 4.20 | 1,200 tokens, estimated |",
        "| Answers of base | unknown |  |",
        "| together | 4.20 and what is unknown | |",
        "## Gate: promote",
        "## Limits",
    ):
        assert wanted in card, wanted


def test_what_is_not_known_is_said_so(facts: CardFacts) -> None:
    tuned = msgspec.structs.replace(TUNED, epochs=[], checkpoint=None, data=None, warnings=[])
    card = render_card(msgspec.structs.replace(facts, tuned=tuned, dataset={}))
    assert "The service reported no losses." in card
    assert "### Findings of validation\n\nNone." in card
    assert "Chosen checkpoint" not in card


def test_an_open_model_has_its_learning_rate() -> None:
    opened = msgspec.structs.replace(GEMINI, open_model=True, learning_rate=2e-4, adapter_size=0, batch_size=8)
    assert parameters(opened) == "3 epochs, learning rate 0.0002, all weights, batch size 8"
    assert "learning rate: default" in parameters(msgspec.structs.replace(opened, learning_rate=None))
    further = msgspec.structs.replace(GEMINI, pre_tuned_model="projects/p/models/1@1", checkpoint="3")
    assert parameters(further).endswith("going on from projects/p/models/1@1, checkpoint 3")
