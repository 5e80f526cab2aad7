"""The configuration is refused with the key and the next step, before anything else happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.base_models.facts import BaseModelFacts
from components.errors import ExitCode, RetuneError
from components.evaluation.gate_settings import GateSettings
from components.settings import read_section, read_settings
from pipelines.catalogue import built_in_catalogue, catalogue
from pipelines.config import load_config
from pipelines.submit import local_files

MINIMAL: dict[str, Any] = {
    "name": "tickets",
    "cloud": {"project": "p", "location": "us-central1", "bucket": "tickets-data"},
    "dataset": {"train": "train.jsonl", "test": "test.jsonl"},
    "tuning": {"candidates": [{"base_model": "gemini-2.5-flash", "epochs": 2}], "budget_usd": 5},
}


def write(folder: Path, config: object) -> Path:
    path = folder / "retune.yaml"
    path.write_text(config if isinstance(config, str) else yaml.safe_dump(config), encoding="utf-8")
    return path


def changed(dotted: str, value: object) -> dict[str, Any]:
    config = json.loads(json.dumps(MINIMAL))
    *path, last = dotted.split(".")
    section = config
    for key in path:
        section = section[int(key)] if key.isdigit() else section.setdefault(key, {})
    section[int(last) if isinstance(section, list) else last] = value
    return config


def environments(**places: tuple[str, str]) -> dict[str, Any]:
    """Environments by name, in projects and buckets, all in one region."""
    return {
        name: {"cloud": {"project": project, "location": "us-central1", "bucket": bucket}}
        for name, (project, bucket) in places.items()
    }


def refusal(folder: Path, config: object) -> RetuneError:
    with pytest.raises(RetuneError) as caught:
        load_config(write(folder, config))
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    assert caught.value.next_step
    return caught.value


def test_defaults_are_filled_in(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, MINIMAL))
    assert config.tuning.candidates[0].adapter_size == 4
    assert config.gate.primary_metric == "exact_match"


@pytest.mark.parametrize(
    ("dotted", "value", "code", "says"),
    [
        ("tunning", {}, "CONFIG-KEY", "did you mean 'tuning'"),
        ("gate.min_coverag", 0.9, "CONFIG-KEY", "did you mean 'min_coverage'"),
        ("tuning.candidates.0.epoch", 3, "CONFIG-KEY", "tuning.candidates[0].epoch"),
        ("tuning.candidates.0.epochs", "three", "CONFIG-VALUE", "tuning.candidates[0].epochs"),
        ("tuning.candidates.0.epochs", "3", "CONFIG-VALUE", "tuning.candidates[0].epochs"),
        ("tuning.candidates.0.epochs", 0, "CONFIG-VALUE", "greater than or equal to 1"),
        ("tuning.candidates.0.base_model", "gemini-2.5-flesh", "CONFIG-BASE-MODEL", "did you mean gemini-2.5-flash"),
        ("tuning.candidates.0.adapter_size", 32, "CONFIG-ADAPTER-SIZE", "no adapter size 32"),
        ("tuning.candidates", [], "CONFIG-VALUE", "tuning.candidates"),
        ("evaluation.requests_per_minute", 0, "CONFIG-VALUE", "evaluation.requests_per_minute"),
        ("evaluation.judges", {"Nice One": {"rubric": "r"}}, "CONFIG-VALUE", "evaluation.judges"),
        ("gate.primary_metric", "judge:nobody", "CONFIG-METRIC", "judge:nobody"),
        ("gate.primary_metric", "embedding_similarity", "CONFIG-METRIC", "evaluation.metrics"),
        ("gate.primary_metric", "rating:nobody", "CONFIG-METRIC", "rating:nobody"),
        ("evaluation.ratings", {"Experts!": {}}, "CONFIG-VALUE", "ratings"),
        ("tuning.budget_usd", 0, "CONFIG-VALUE", "greater than 0"),
        ("tuning.budget_usd", -1, "CONFIG-VALUE", "tuning.budget_usd"),
        ("tuning.budget_usd", None, "CONFIG-VALUE", "tuning.budget_usd"),
        (
            "tuning",
            {"candidates": [{"base_model": "gemini-2.5-flash"}]},
            "CONFIG-KEY",
            "'tuning.budget_usd' is missing",
        ),
        ("tuning.budget_usd", float("inf"), "CONFIG-VALUE", "tuning.budget_usd"),
        ("tuning", {"candidates": [], "budget_us": 5}, "CONFIG-KEY", "did you mean 'budget_usd'"),
        ("tuning.candidates", [{"base_model": "gemini-2.5-pro"}] * 2, "CONFIG-CANDIDATE", "the same"),
        ("tuning.candidates.0.base_model", "gemini-2.0-flash-001", "MODEL-RETIRED", "2026-06-01"),
        ("tuning.candidates.0.base_model", "gemini-3.5-flash", "MODEL-REGION", "us-central1"),
        ("gate.primary_metric", "exact_mach", "CONFIG-VALUE", "exact_match"),
        ("monitoring.metric", "exact_mach", "CONFIG-VALUE", "exact_match"),
        ("monitoring.metric", "length_ratio", "CONFIG-VALUE", "cannot be watched"),
        ("monitoring.metric", "judge:nobody", "CONFIG-METRIC", "judge:nobody"),
        ("monitoring.max_drop", 1.0, "CONFIG-VALUE", "monitoring.max_drop"),
        ("monitoring.start_run", True, "CONFIG-KEY", "did you mean 'start_runs'"),
        ("notification.format", "discord", "CONFIG-VALUE", "notification.format"),
        ("notification.topic", "runs", "CONFIG-VALUE", "notification.topic"),
        ("gate.max_guardrail_drops", {"rougel": 0.1}, "CONFIG-VALUE", "rouge_l"),
        ("name", "Tickets!", "CONFIG-VALUE", "name"),
        ("cloud.bucket", "gs://tickets", "CONFIG-VALUE", "cloud.bucket"),
        ("cloud.kms_key", "my-key", "CONFIG-VALUE", "cloud.kms_key"),
        ("validation.severity", {"DATA-NONSENSE": "off"}, "CONFIG-VALUE", "DATA-NONSENSE"),
        ("validation.severity", {"DATA-JSON": "fatal"}, "CONFIG-VALUE", "validation.severity.DATA-JSON"),
        ("validation.severity", {"DATA-FILE-COMPRESSED": "off"}, "CONFIG-VALUE", "cannot be changed"),
        ("validation.profle", "strict", "CONFIG-KEY", "did you mean 'profile'"),
        ("validation.min_train_examples", "3", "CONFIG-VALUE", "validation.min_train_examples"),
        ("validation.min_test_examples", -1, "CONFIG-VALUE", "greater than or equal to 0"),
        ("validation.answer_form_share", 0.5, "CONFIG-VALUE", "greater than 0.5"),
        ("validation.near_duplicates.similarity", 1.1, "CONFIG-VALUE", "less than or equal to 1"),
        ("validation.near_duplicates.similarty", 0.5, "CONFIG-KEY", "did you mean 'similarity'"),
        ("validation.ages.field", "", "CONFIG-VALUE", "at least 1 character"),
        ("validation.ages.max_days", 0, "CONFIG-VALUE", "validation.ages.max_days"),
        ("dataset", {"train": "a"}, "CONFIG-KEY", "'dataset.test' is missing"),
        ("dataset.train", "", "CONFIG-VALUE", "at least 1 character"),
        ("evaluation.judges", {"nice": {"rubrik": "r"}}, "CONFIG-KEY", "'evaluation.judges.nice.rubrik'; did you mean"),
        ("evaluation.own_metrics", {"a": {"pyton": "a:b"}}, "CONFIG-KEY", "did you mean 'python'"),
        ("evaluation.ratings", {"experts": {"row": 9}}, "CONFIG-KEY", "did you mean 'rows'"),
        ("serving.golden_prompts", [{"promt": "p"}], "CONFIG-KEY", "golden_prompts[0].promt"),
        ("serving.shadow", {"promts": "gs://b/p.jsonl"}, "CONFIG-KEY", "did you mean 'prompts'"),
        ("tuning.checkpoint_evaluation", {"judged": [{"promt": "p"}]}, "CONFIG-KEY", "judged[0].promt"),
        ("environments", {"prod": {"cloud": {"projct": "q"}}}, "CONFIG-KEY", "did you mean 'project'"),
        ("notification.webhook", "http://example.org/hook", "CONFIG-VALUE", "notification.webhook"),
        ("base_models", {"gemini-2.5-flash": {"prises": {}}}, "CONFIG-KEY", "did you mean 'prices'"),
        ("base_models", {"gemini-9": {"cmek": True}}, "CONFIG-KEY", "'base_models.gemini-9.adapter_sizes' is missing"),
        ("base_models", {"gemini-2.5-pro": {"tuning_modes": []}}, "CONFIG-VALUE", "at least 1 item"),
        ("base_models", {"gemini-2.5-pro": {"prices": {"input": -1}}}, "CONFIG-VALUE", "gemini-2.5-pro.prices.input"),
        (
            "base_models",
            {"gemini-2.5-pro": {"limits": {"media": {"image": {"max_fils": 1}}}}},
            "CONFIG-KEY",
            "'base_models.gemini-2.5-pro.limits.media.image.max_fils'; did you mean 'max_files'",
        ),
        ("environments", environments(prod=("p", "tickets-prod")), "CONFIG-SHARED", "same project and region"),
        ("environments", environments(prod=("q", "tickets-data")), "CONFIG-SHARED", "same bucket"),
        ("environments", environments(a=("q", "a-2"), b=("q", "b-2")), "CONFIG-SHARED", "environments b and a"),
    ],
)
def test_each_mistake_has_its_own_words(tmp_path: Path, dotted: str, value: object, code: str, says: str) -> None:
    config = changed(dotted, value)
    if code == "MODEL-REGION":
        config["cloud"]["location"] = "asia-east1"
    error = refusal(tmp_path, config)
    assert error.code == code
    assert says in f"{error.message} {error.next_step}"


def test_a_model_that_takes_no_customer_managed_key_is_refused(tmp_path: Path) -> None:
    config = changed("cloud.kms_key", "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k")
    assert load_config(write(tmp_path, config)).cloud.kms_key
    config["tuning"]["candidates"][0]["base_model"] = "gemini-3.5-flash"
    error = refusal(tmp_path, config)
    assert error.code == "MODEL-CMEK"


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    config = {key: value for key, value in MINIMAL.items() if key != "tuning"}
    assert "'tuning' is missing" in refusal(tmp_path, config).message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RetuneError) as caught:
        load_config(tmp_path / "none.yaml")
    assert (caught.value.code, caught.value.where) == ("CONFIG-MISSING", str(tmp_path / "none.yaml"))


@pytest.mark.parametrize("text", ["name: [", "", "- a\n- b\n", "\x00", "name: !!python/object:os.system {}"])
def test_what_is_not_a_mapping_in_yaml_is_refused(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, text).code == "CONFIG-YAML"


def test_a_key_that_stands_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    text = yaml.safe_dump(MINIMAL)
    error = refusal(tmp_path, f"{text}name: other\n")
    assert error.code == "CONFIG-YAML"
    assert "'name' occurs twice" in error.message
    assert error.where.endswith(f":{len(text.splitlines()) + 1}")
    merged = f"shared: &shared {{epochs: 1}}\nother: {{<<: *shared, epochs: 2}}\n{text}"
    assert refusal(tmp_path, merged).code == "CONFIG-KEY"


def test_the_user_extends_the_catalogue(tmp_path: Path) -> None:
    config = changed("base_models", {"gemini-2.5-flash": {"prices": {"training": 9.5}}})
    facts = load_config(write(tmp_path, config)).candidate_models()["gemini-2.5-flash"]
    assert (facts.prices.training, facts.prices.output) == (9.5, 2.5)


def test_what_comes_with_retune_keeps_to_what_users_must_keep_to() -> None:
    assert read_settings(dict[str, BaseModelFacts], built_in_catalogue()) == catalogue({})


def test_the_parameter_carries_everything_the_steps_read(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, MINIMAL))
    parameter = json.loads(config.to_parameter({"train": "gs://b/t", "test": "gs://b/e"}))
    assert set(parameter) == {*MINIMAL, "base_models"}
    assert read_section(json.dumps(parameter), "gate", GateSettings) == config.gate
    assert parameter["base_models"]["gemini-2.5-flash"]["limits"]["tokens_per_example"] == 131_072


def test_a_side_file_travels_with_the_dataset(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, changed("evaluation.side_file", "tiers.jsonl")))
    with pytest.raises(RetuneError) as caught:
        local_files(config, tmp_path)
    for name in ("train.jsonl", "test.jsonl"):
        (tmp_path / name).touch()
    with pytest.raises(RetuneError) as caught:
        local_files(config, tmp_path)
    assert "evaluation.side_file" in caught.value.next_step
    (tmp_path / "tiers.jsonl").touch()
    assert local_files(config, tmp_path)["side_file"] == tmp_path / "tiers.jsonl"
    parameter = json.loads(config.to_parameter({"train": "gs://b/t", "test": "gs://b/e", "side_file": "gs://b/s"}))
    assert parameter["evaluation"]["side_file"] == "gs://b/s"
    assert set(parameter["dataset"]) == {"train", "test"}


def test_a_gate_on_a_metric_of_ones_own_wants_it_defined(tmp_path: Path) -> None:
    config = changed("gate.primary_metric", "own:tone")
    error = refusal(tmp_path, config)
    assert (error.code, "own:tone" in error.message) == ("CONFIG-METRIC", True)
    config["evaluation"] = {"own_metrics": {"tone": {"python": "our_metrics:tone"}}}
    assert load_config(write(tmp_path, config)).gate.primary_metric == "own:tone"


SECTIONS = (
    "tuning",
    "name",
    "gate.champion",
    "tuning.candidates.0",
    "base_models",
    "base_models.gemini-9",
    "base_models.gemini-9.limits",
    "validation.ages",
    "validation.severity",
    "dataset",
    "evaluation.judges.nice",
    "environments.prod.cloud",
    "serving.golden_prompts",
    "serving.shadow",
)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_no_value_anywhere_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    folder, codes = tmp_path_factory.mktemp("config"), set()
    for dotted in SECTIONS:
        try:
            load_config(write(folder, changed(dotted, value)))
        except RetuneError as error:
            codes.add(error.code.partition("-")[0])
    assert codes <= {"CONFIG"}
