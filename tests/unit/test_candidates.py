"""Candidates: what the fingerprint tells apart, and what tuning goes on from."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.dataset_validation.snapshot import Snapshot, SplitFacts
from components.errors import RetuneError
from components.gcp.cloud_settings import CloudSettings
from components.gcp.ledger import Champion
from components.run_planning.candidate import Candidate, fingerprint
from components.run_planning.candidates import make_candidates, question_of
from components.run_planning.settings import CandidateSettings, TuningSettings
from pipelines.catalogue import catalogue

SHA = "a" * 64
CLOUD = CloudSettings(project="p", location="us-central1", bucket="bucket")
CANDIDATE = Candidate("gemini-2.5-flash", 3, 1.0, 4, "")
MODEL = "projects/p/locations/us-central1/models/5@2"
KEY = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"


def settings(**candidate: object) -> TuningSettings:
    made = CandidateSettings.model_validate({"base_model": "gemini-2.5-flash", **candidate})
    return TuningSettings(candidates=(made,), budget_usd=1)


def champion(model: str = MODEL, base_model: str = "gemini-2.5-flash") -> Champion:
    return Champion(1, model, "endpoint", base_model, "f" * 64, "key", "run")


def made(wanted: TuningSettings, serving: Champion | None = None) -> Candidate:
    return make_candidates(SHA, wanted, catalogue({}), CLOUD, serving)[0]


def snapshot(**digests: str) -> Snapshot:
    splits = {split: SplitFacts("gs://b/x", 1, 1, digest, 1) for split, digest in digests.items()}
    return Snapshot("gs://b/", "s", splits, "gs://b/facts.json")


CHANGES = [
    {"base_model": "gemini-2.5-pro"},
    {"epochs": 4},
    {"learning_rate_multiplier": 1.5},
    {"adapter_size": 8},
    {"learning_rate": 1e-4},
    {"batch_size": 8},
    {"pre_tuned_model": MODEL},
    {"checkpoint": "2"},
    {"custom_base_model": "gs://b/weights"},
    {"export_last_checkpoint_only": True},
]


def test_the_fingerprint_tells_every_difference_that_makes_another_model() -> None:
    prints = [fingerprint(SHA, CANDIDATE, CLOUD), fingerprint("b" * 64, CANDIDATE, CLOUD)]
    prints += [fingerprint(SHA, msgspec.structs.replace(CANDIDATE, **change), CLOUD) for change in CHANGES]
    for update in ({"location": "europe-west4"}, {"kms_key": KEY}):
        prints.append(fingerprint(SHA, CANDIDATE, CLOUD.model_copy(update=update)))
    assert len(set(prints)) == len(prints) == 14


def test_names_do_not_make_another_job() -> None:
    assert made(settings(display_name="other")).fingerprint == made(settings()).fingerprint
    elsewhere = CLOUD.model_copy(update={"service_account": "a@b", "tuning_service_account": "c@d"})
    assert fingerprint(SHA, CANDIDATE, elsewhere) == fingerprint(SHA, CANDIDATE, CLOUD)


def test_the_test_file_is_no_part_of_what_is_tuned() -> None:
    whole = snapshot(train="1", validation="2", test="3")
    assert whole.tuned_sha256 == snapshot(test="4", validation="2", train="1").tuned_sha256
    assert whole.tuned_sha256 != snapshot(train="1", test="3").tuned_sha256
    assert whole.tuned_sha256 != snapshot(train="2", validation="1", test="3").tuned_sha256


@given(st.lists(st.sampled_from(["1", "2", "validation:1\n", "\n"]), min_size=2, max_size=2))
def test_digests_of_files_cannot_run_together(digests: list[str]) -> None:
    one, other = snapshot(train=digests[0]), snapshot(train=digests[0], validation=digests[1])
    assert one.tuned_sha256 != other.tuned_sha256


def test_a_candidate_goes_on_from_the_champion_once_there_is_one() -> None:
    wanted = settings(continue_from="champion", checkpoint="3")
    assert (made(wanted).pre_tuned_model, made(wanted).checkpoint) == ("", "")
    assert (made(wanted, champion()).pre_tuned_model, made(wanted, champion()).checkpoint) == (MODEL, "3")
    assert made(wanted).fingerprint == made(settings()).fingerprint
    assert "on 5@2 checkpoint 3" in made(wanted, champion()).label


def test_a_new_champion_does_not_make_the_same_data_a_new_question() -> None:
    wanted = settings(continue_from="champion")
    assert made(wanted).fingerprint != made(wanted, champion()).fingerprint
    asked = question_of(SHA, wanted, catalogue({}), CLOUD)
    assert asked == question_of(SHA, wanted, catalogue({}), CLOUD)
    assert asked != question_of("b" * 64, wanted, catalogue({}), CLOUD)
    assert asked != question_of(SHA, settings(), catalogue({}), CLOUD)


@pytest.mark.parametrize(
    ("serving", "says"),
    [
        (champion(base_model="gemini-2.5-pro"), "was tuned from gemini-2.5-pro"),
        (champion(model="projects/p/locations/europe-west4/models/5@2"), "is in europe-west4"),
    ],
)
def test_a_champion_that_cannot_be_gone_on_from_is_refused(serving: Champion, says: str) -> None:
    with pytest.raises(RetuneError, match="TUNE-CONTINUE") as caught:
        made(settings(continue_from="champion"), serving)
    assert says in caught.value.message


def test_an_open_model_has_a_rate_and_no_adapter_when_all_weights_are_tuned() -> None:
    one = made(settings(base_model="qwen/qwen3@qwen3-32b", tuning_mode="full", learning_rate=2.5e-5))
    assert (one.open_model, one.adapter_size) == (True, 0)
    assert one.label == "qwen/qwen3@qwen3-32b · 3 ep · lr 2.5e-05 · full"
