"""A model line of a test: its folder, its configuration, and the `retune` command run as a person would."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from google import genai
from google.genai import types

from pipelines.config import Config

ROOT = Path(__file__).parents[2]


@dataclass
class Finished:
    """A command that has ended."""

    status: int
    output: str
    errors: str

    @property
    def result(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.output)
        return parsed


@dataclass
class ModelLine:
    """A folder with `retune.yaml`, the three dataset files and a state directory of its own."""

    folder: Path
    config: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, config: dict[str, Any], data: Path) -> ModelLine:
        folder.mkdir(parents=True, exist_ok=True)
        for split in ("train", "validation", "test"):
            (folder / f"{split}.jsonl").write_bytes((data / f"{split}.jsonl").read_bytes())
        line = cls(folder, config)
        line.write_config()
        return line

    @property
    def state(self) -> Path:
        return self.folder / ".retune"

    def write_config(self) -> None:
        (self.folder / "retune.yaml").write_text(yaml.safe_dump(self.config), encoding="utf-8")

    def retune(self, *arguments: str) -> Finished:
        done = subprocess.run(
            self.command(*arguments), cwd=self.folder, capture_output=True, text=True, env=clean_environment()
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "pipelines.cli", *arguments]

    def run(self, *options: str) -> Finished:
        return self.retune("run", "--local", "--json", "--config", "retune.yaml", *options)

    def server(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads((self.state / "server.json").read_text(encoding="utf-8"))
        return record

    def stop(self) -> None:
        self.retune("local", "down")

    def shuffle_training_answers(self, seed: int = 1) -> None:
        """Give every training prompt another prompt's answer: nothing is left to learn."""
        path = self.folder / "train.jsonl"
        examples = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        answers = [example["contents"].pop() for example in examples]
        random.Random(seed).shuffle(answers)
        for example, answer in zip(examples, answers, strict=True):
            example["contents"].append(answer)
        path.write_text("".join(json.dumps(example) + "\n" for example in examples), encoding="utf-8")

    def break_training_line(self, number: int) -> None:
        path = self.folder / "train.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        lines[number - 1] = lines[number - 1][:40] + b"\n"
        path.write_bytes(b"".join(lines))


def clean_environment() -> dict[str, str]:
    """The environment of a person without a cloud account."""
    dropped = ("GOOGLE_", "STORAGE_EMULATOR", "VERTEX_", "CLOUDSDK_")
    return {key: value for key, value in os.environ.items() if not key.startswith(dropped)} | {"PYTHONPATH": str(ROOT)}


Connect = Callable[[ModelLine], Config]
"""Points this process's clients at a line's local Vertex and gives the line's configuration."""


def official_client(config: Config, location: str) -> genai.Client:
    """The Gen AI client as an application makes it; only the environment leads to local Vertex."""
    return genai.Client(vertexai=True, project=config.cloud.project, location=location)


def tuning_jobs(config: Config) -> list[types.TuningJob]:
    """Every tuning job of the line's project and region."""
    client = official_client(config, config.cloud.location)
    return list(client.tunings.list(config=types.ListTuningJobsConfig(page_size=100)))
