"""The image is pinned, hashed, small in what it copies, and does not run as root."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lines(name: str) -> list[str]:
    """Lines of a file without comments and empty ones."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


INSTRUCTIONS = [tuple(line.split(maxsplit=1)) for line in lines("Dockerfile")]


def arguments(instruction: str) -> list[str]:
    return [rest for name, rest in INSTRUCTIONS if name == instruction]


def sources() -> list[str]:
    """What is copied from the checkout."""
    return [name for rest in arguments("COPY") if "--from" not in rest for name in rest.split()[:-1]]


def test_the_base_is_one_pinned_python() -> None:
    bases = {rest.split()[0] for rest in arguments("FROM")}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.1[1-3]\.\d+-slim-\w+(@sha256:[0-9a-f]{64})?", bases.pop())


def test_tasks_do_not_run_as_root() -> None:
    assert int(arguments("USER")[-1]) >= 1000
    after = INSTRUCTIONS[[name for name, _ in INSTRUCTIONS].index("USER") :]
    assert [name for name, _ in after] == ["USER", "CMD"]


@pytest.mark.parametrize("command", arguments("RUN"))
def test_commands_run_without_a_shell(command: str) -> None:
    assert all(isinstance(word, str) for word in json.loads(command))


def test_everything_installed_is_in_the_lock() -> None:
    installs = [words for words in map(json.loads, arguments("RUN")) if words[0] == "pip"]
    assert ["pip", "install", "--no-deps", "--require-hashes", "-r", "requirements.lock"] in installs
    assert all("--require-hashes" in words or {"--no-deps", "--no-build-isolation"} <= set(words) for words in installs)
    # Without isolation the build needs its backend from the lock.
    assert "\nhatchling==" in (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_kubeflow_gives_the_command() -> None:
    assert arguments("ENTRYPOINT") == []


def test_only_our_packages_are_copied() -> None:
    packages = {"components", "pipelines", "local_vertex"}
    assert set(sources()) == packages | {"requirements.lock", "pyproject.toml", "README.md", "LICENSE"}
    assert packages == {name for name in sources() if (ROOT / name).is_dir()}


def test_the_build_context_holds_what_is_copied_and_nothing_else() -> None:
    rules = lines(".dockerignore")
    assert rules[0] == "*"
    assert {rule[1:].rstrip("/") for rule in rules if rule.startswith("!")} == set(sources())
