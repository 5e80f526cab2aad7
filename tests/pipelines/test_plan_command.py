"""`retune plan` and `retune models`: readable, as JSON, without a cloud, and without starting anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from components.errors import RetuneError
from components.gcp.storage import Storage
from components.gcp.tuning_jobs import TuningJobs
from local_vertex.server import RunningServer
from pipelines.cli.main import app
from pipelines.config import load_config

EXAMPLE = Path(__file__).parents[2] / "examples" / "support_triage"
NO_CLOUD = {"GOOGLE_APPLICATION_CREDENTIALS": None, "GOOGLE_VERTEX_BASE_URL": None, "STORAGE_EMULATOR_HOST": None}


def run(*arguments: str, env: dict[str, str | None] | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), env=env)


def write(folder: Path, project: str = "plan-project", **tuning: Any) -> str:
    config = yaml.safe_load((EXAMPLE / "retune.yaml").read_text(encoding="utf-8"))
    config["cloud"]["project"] = project
    config["dataset"] = {split: str(EXAMPLE / f"{split}.jsonl") for split in ("train", "validation", "test")}
    config["tuning"] |= tuning
    config["base_models"]["gemini-3.1-flash-lite"]["earliest_retirement"] = "2999-01-01"
    path = folder / "retune.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return str(path)


def test_a_plan_without_any_cloud_is_a_table_with_bounds(tmp_path: Path) -> None:
    shown = run("plan", "--config", write(tmp_path), "--offline", env=NO_CLOUD)
    assert shown.exit_code == 0, shown.output
    assert "Nobody was asked" in shown.stdout
    assert "gemini-3.1-flash-lite · 10 ep · lr×1 · r8" in shown.stdout
    assert "an estimate: bytes divided by four" in shown.stdout
    assert "the budget is $5.00" in shown.stdout


def test_a_plan_as_json(tmp_path: Path) -> None:
    plan = json.loads(run("plan", "--config", write(tmp_path), "--offline", "--json", env=NO_CLOUD).stdout)
    assert plan["decision"] == "tune"
    assert plan["refusal"] is None
    assert [one["epochs"] for one in plan["candidates"]] == [3, 10]
    three, ten = plan["costs"]
    assert ten["usd"] == pytest.approx(three["usd"] / 3 * 10)
    assert plan["tuning_usd"] == pytest.approx(three["usd"] + ten["usd"])
    assert plan["tokens"]["gemini-3.1-flash-lite"]["method"] == "estimate"


def test_a_plan_above_the_budget_is_shown_and_refused(tmp_path: Path) -> None:
    shown = run("plan", "--config", write(tmp_path, budget_usd=1), "--offline", env=NO_CLOUD)
    assert isinstance(shown.exception, RetuneError)
    assert shown.exception.code == "BUDGET-EXCEEDED"
    assert "the budget is $1.00" in shown.stdout


def test_an_invalid_dataset_has_no_plan(tmp_path: Path) -> None:
    config = write(tmp_path)
    changed = yaml.safe_load(Path(config).read_text(encoding="utf-8"))
    changed["dataset"]["train"] = "broken.jsonl"
    (tmp_path / "broken.jsonl").write_text('{"contents": []}\n', encoding="utf-8")
    Path(config).write_text(yaml.safe_dump(changed), encoding="utf-8")
    shown = run("plan", "--config", config, "--offline", env=NO_CLOUD)
    assert isinstance(shown.exception, RetuneError)
    assert shown.exception.code.startswith("DATA-")
    assert "retune validate" in shown.exception.next_step


def test_a_plan_asks_the_service_and_starts_nothing(tmp_path: Path, vertex_env: RunningServer) -> None:
    config = write(tmp_path, project="plan-asks")
    shown = run("plan", "--config", config)
    assert shown.exit_code == 0, shown.output
    assert "countTokens of the service on" in shown.stdout
    assert "Nobody was asked" not in shown.stdout
    settings = load_config(Path(config))
    assert TuningJobs(settings.cloud).find("0" * 64) == []
    assert not Storage("plan-asks").exists(f"gs://{settings.cloud.bucket}/anything")


def test_the_catalogue_is_shown_with_open_models_and_retirement() -> None:
    shown = run("models").stdout
    line = next(line for line in shown.splitlines() if line.startswith("qwen/qwen3@qwen3-32b"))
    assert line.split()[:8] == ["qwen/qwen3@qwen3-32b", "1", "4", "8", "16", "32", "full", "own"]
    assert "past 2026-06-01" in shown


def test_the_catalogue_fits_a_terminal_of_eighty_columns() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "models"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": "80"},
    ).stdout
    assert max(map(len, shown.splitlines())) <= 80
    line = next(line for line in shown.splitlines() if line.startswith("gemini-2.5-flash-lite"))
    assert line.split() == [
        "gemini-2.5-flash-lite",
        "1",
        "2",
        "4",
        "8",
        "16",
        "region",
        "1.50",
        "0.10",
        "0.40",
        "2027-01-28",
    ]


def test_one_base_model_is_shown_whole() -> None:
    shown = run("models", "gemini-2.5-pro").stdout
    for expected in (
        "1, 2, 4, 8",
        "us-central1",
        "131,072",
        "budget:128",
        "25.00",
        "where they were tuned",
        "2026-03-01",
    ):
        assert expected in shown
    wrong = run("models", "gemini-2.5-por")
    assert isinstance(wrong.exception, RetuneError)
    assert "did you mean gemini-2.5-pro" in wrong.exception.message
