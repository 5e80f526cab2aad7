"""A schedule made by Terraform runs what `retune run` would run with the same YAML file."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest

from components.base_models.resolved import base_models
from components.settings import Settings, read_section
from pipelines.config import Config, load_config

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "terraform" / "tests" / "configs" / "sample.yaml"

CALLER = """
variable "config_file" { type = string }

module "configuration" {
  source = "MODULE"

  bucket           = "sample-dev-1-retune"
  catalogue_file   = "CATALOGUE"
  config_file      = var.config_file
  location         = "us-central1"
  pipeline_account = "retune-pipeline@sample-dev-1.iam.gserviceaccount.com"
  project_id       = "sample-dev-1"
}

output "parameter" {
  value     = module.configuration.parameter
  sensitive = true
}
"""

# Spellings and sections that YAML readers could take in two ways.
AWKWARD = """
evaluation: {seed: 0x1F, resamples: 2000, concurrency: 8, max_rows: ~}
serving:
  endpoint: "2026-01-31"
  probes: 3
validation:
  profile: strict
  severity: {DATA-DUPLICATE: 'off'}
notification: {webhook: "https://chat.example.com/hook?key=a&b=<c>"}
monitoring: {data: "gs://bucket/labelled/*.jsonl", max_drop: 5.0e-2}
"""
OTHER_MODEL = """
  gemini-9-example:
    adapter_sizes: [1, 4]
    serving: region
    thinking: budget:0
    cmek: true
    batch: false
    limits:
      tokens_per_example: 1000
      max_train_bytes: 1000000
      max_examples_text: 100
      max_examples_multimodal: 10
      max_validation_share: 0.25
      validation_share_from: 10
      media: {image: {max_files: 2}}
    prices: {training: 1.5, input: null, output: 1e-1, source: ours, as_of: 2026-11-01}
    earliest_retirement: 2030-01-01
"""


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Terraform reads configurations; the module needs no provider."""
    if not shutil.which("terraform"):
        pytest.skip("no terraform here")
    folder = tmp_path_factory.mktemp("caller")
    text = CALLER.replace("MODULE", str(ROOT / "terraform" / "modules" / "configuration"))
    text = text.replace("CATALOGUE", str(ROOT / "pipelines" / "base_models.yaml"))
    (folder / "main.tf").write_text(text, encoding="utf-8")
    terraform(folder, "init", "-backend=false", "-input=false")
    return folder


def terraform(folder: Path, *arguments: str) -> str:
    command = ["terraform", f"-chdir={folder}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def planned(folder: Path, config: Path) -> str:
    """The config parameter that a schedule would pass."""
    plan = folder / "plan"
    terraform(folder, "plan", "-input=false", f"-out={plan}", f"-var=config_file={config}")
    shown: dict[str, Any] = json.loads(terraform(folder, "show", "-json", str(plan)))
    return str(shown["planned_values"]["outputs"]["parameter"]["value"])


def sections() -> dict[str, type]:
    found = {name: field.annotation for name, field in Config.model_fields.items()}
    classes = {name: kind for name, kind in found.items() if isinstance(kind, type)}
    return {name: kind for name, kind in classes.items() if issubclass(kind, Settings) or is_dataclass(kind)}


def assert_same(by_terraform: str, config: Config) -> None:
    by_retune = config.to_parameter(config.dataset.files())
    written, submitted = json.loads(by_terraform), json.loads(by_retune)
    assert written.keys() == submitted.keys()
    # What decides whether a question was answered before is compared as it is written.
    assert [written.get(key) for key in ("name", "gate", "evaluation")] == [
        submitted.get(key) for key in ("name", "gate", "evaluation")
    ]
    assert base_models(by_terraform) == base_models(by_retune)
    for name, kind in sections().items():
        assert read_section(by_terraform, name, kind) == read_section(by_retune, name, kind), name


def test_the_schedules_parameter_means_what_the_command_lines_does(caller: Path) -> None:
    assert_same(planned(caller, SAMPLE), load_config(SAMPLE))


def test_awkward_spellings_mean_the_same_to_both(caller: Path, tmp_path: Path) -> None:
    config = tmp_path / "awkward.yaml"
    text = SAMPLE.read_text(encoding="utf-8").replace(
        "  budget_usd: 12.5", "    - {base_model: gemini-9-example, epochs: 1}\n  budget_usd: 1.0e+1"
    )
    config.write_text(text.rstrip("\n") + OTHER_MODEL + AWKWARD, encoding="utf-8")
    assert_same(planned(caller, config), load_config(config))


def test_every_section_but_the_required_ones_may_be_left_out(caller: Path) -> None:
    text = planned(caller, SAMPLE)
    assert sections().keys() - json.loads(text).keys() == {
        "validation",
        "evaluation",
        "serving",
        "notification",
        "monitoring",
    }
