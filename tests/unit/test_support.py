"""What a base model or region does not support is refused with the reason and the alternatives."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.errors import ExitCode, RetuneError
from components.gcp.cloud_settings import CloudSettings
from components.run_planning.settings import TuningSettings
from components.run_planning.support import check_support
from pipelines.catalogue import catalogue

LLAMA = "meta/llama3-3@llama-3.3-70b-instruct"
KEY = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"
EXACT = {"metrics": ["exact_match"]}


def check(candidate: dict[str, Any], *, has_validation: bool = True, tuning: Any = None, **cloud: str) -> None:
    settings = TuningSettings.model_validate(
        {"candidates": [{"base_model": "gemini-2.5-flash", **candidate}], "budget_usd": 1, **(tuning or {})}
    )
    place = CloudSettings.model_validate({"project": "p", "location": "us-central1", "bucket": "bucket", **cloud})
    check_support(settings, catalogue({}), place, has_validation=has_validation)


@pytest.mark.parametrize(
    "candidate",
    [
        {"adapter_size": 16, "learning_rate_multiplier": 0.5, "export_last_checkpoint_only": True},
        {"continue_from": "champion"},
        {"continue_from": "projects/p/locations/us-central1/models/5@2", "checkpoint": "1"},
        {"base_model": LLAMA, "learning_rate": 5e-5, "batch_size": 8, "adapter_size": 32},
        {"base_model": LLAMA, "tuning_mode": "full", "custom_base_model": "gs://bucket/weights"},
        {"base_model": "google/gemma4@gemma-4-e4b-it"},
        {"base_model": "qwen/qwen3@qwen3-8b", "tuning_mode": "full"},
    ],
)
def test_what_is_supported_passes(candidate: dict[str, Any]) -> None:
    check(candidate)


def test_keys_and_checkpoint_evaluation_pass_where_they_are_supported() -> None:
    check({}, kms_key=KEY, tuning={"checkpoint_evaluation": EXACT})


@pytest.mark.parametrize(
    ("candidate", "cloud", "code", "says"),
    [
        ({"base_model": "gemini-2.0-flash-001"}, {}, "MODEL-RETIRED", "gemini-3.5-flash"),
        ({"base_model": "gemini-3.5-flash"}, {"location": "asia-east1"}, "MODEL-REGION", "gemini-2.5-pro"),
        ({"base_model": LLAMA}, {"location": "asia-east1"}, "MODEL-REGION", "us-central1, us-east5"),
        ({"base_model": "gemini-2.5-pro", "adapter_size": 16}, {}, "CONFIG-ADAPTER-SIZE", "1, 2, 4, 8"),
        ({"base_model": LLAMA, "adapter_size": 2}, {}, "CONFIG-ADAPTER-SIZE", "1, 4, 8, 16, 32"),
        ({"tuning_mode": "full"}, {}, "MODEL-TUNING-MODE", "set tuning_mode to adapter"),
        ({"base_model": "qwen/qwen3@qwen3-8b"}, {}, "MODEL-TUNING-MODE", "set tuning_mode to full"),
        ({"learning_rate": 1e-4}, {}, "MODEL-OPTION", "learning_rate_multiplier"),
        ({"batch_size": 8}, {}, "MODEL-OPTION", "no open model"),
        ({"custom_base_model": "gs://bucket/weights"}, {}, "MODEL-OPTION", "continue_from"),
        ({"base_model": LLAMA, "learning_rate_multiplier": 2.0}, {}, "MODEL-OPTION", "give learning_rate"),
        ({"base_model": LLAMA, "continue_from": "champion"}, {}, "MODEL-CONTINUE", "custom_base_model"),
        (
            {"continue_from": "projects/p/locations/europe-west4/models/5"},
            {},
            "MODEL-CONTINUE",
            "set cloud.location to europe-west4",
        ),
        ({"base_model": "gemini-3.5-flash"}, {"kms_key": KEY}, "MODEL-CMEK", "gemini-2.5-pro, gemini-2.5-flash"),
        ({}, {"kms_key": KEY.replace("us-central1", "us-east1")}, "CONFIG-KMS-REGION", "us-east1"),
    ],
)
def test_what_is_not_supported_is_refused(
    candidate: dict[str, Any], cloud: dict[str, str], code: str, says: str
) -> None:
    with pytest.raises(RetuneError) as caught:
        check(candidate, **cloud)
    assert (caught.value.code, caught.value.exit_code) == (code, ExitCode.CONFIGURATION)
    assert says in f"{caught.value.message} {caught.value.next_step}"
    assert caught.value.where


@pytest.mark.parametrize(
    ("candidate", "cloud", "has_validation", "says"),
    [
        ({"base_model": "gemini-3.5-flash"}, {}, True, "gemini-2.5-pro, gemini-2.5-flash"),
        ({"base_model": LLAMA}, {}, True, "does not evaluate checkpoints"),
        ({}, {"location": "europe-west1"}, True, "set cloud.location to us-central1"),
        ({}, {}, False, "dataset.validation"),
    ],
)
def test_checkpoint_evaluation_is_refused_where_there_is_none(
    candidate: dict[str, Any], cloud: dict[str, str], has_validation: bool, says: str
) -> None:
    with pytest.raises(RetuneError, match="MODEL-EVALUATION") as caught:
        check(candidate, has_validation=has_validation, tuning={"checkpoint_evaluation": EXACT}, **cloud)
    assert says in f"{caught.value.message} {caught.value.next_step}"


@pytest.mark.parametrize(
    "tuning",
    [
        {"labels": {"Team": "search"}},
        {"labels": {"team": "Search"}},
        {"labels": {"retune-run": "x"}},
        {"labels": {"team": "x" * 64}},
        {"checkpoint_evaluation": {}},
        {"checkpoint_evaluation": {"metrics": ["comet"]}},
        {"checkpoint_evaluation": {**EXACT, "judge_samples": 33}},
        {"candidates": [{"base_model": "m", "checkpoint": "1"}]},
        {"candidates": [{"base_model": "m", "continue_from": "models/5"}]},
        {"candidates": [{"base_model": "m", "continue_from": "champion", "custom_base_model": "gs://bucket/x"}]},
        {"candidates": [{"base_model": "m", "display_name": "x" * 129}]},
    ],
)
def test_values_that_no_service_takes_are_refused(tuning: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TuningSettings.model_validate({"candidates": [{"base_model": "m"}], "budget_usd": 1, **tuning})
