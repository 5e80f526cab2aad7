"""The image is pinned, hashed, holds what runs and nothing else, and does not run as root."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lines(name: str) -> list[str]:
    """Lines of a file without comments and empty ones."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


INSTRUCTIONS = [tuple(line.split(maxsplit=1)) for line in lines("Dockerfile")]

ONLY_LOCKED = """
import importlib, importlib.abc, importlib.metadata, json, pkgutil, re, sys

locked = set(json.loads(sys.argv[1])) | {"retune"}
plain = lambda name: re.sub("[-_.]+", "-", name).lower()

class Refuse(importlib.abc.MetaPathFinder):
    def __init__(self):
        owners = importlib.metadata.packages_distributions()
        self.hidden = {name for name, by in owners.items() if not {plain(one) for one in by} & locked}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.hidden:
            raise ModuleNotFoundError(f"{name} is not in the image's lock")

finder = Refuse()
assert {"pytest", "mypy", "hypothesis"} <= finder.hidden
sys.meta_path.insert(0, finder)
for package in ("components", "pipelines", "local_vertex"):
    for module in pkgutil.walk_packages([package], f"{package}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""


def arguments(instruction: str) -> list[str]:
    return [rest for name, rest in INSTRUCTIONS if name == instruction]


def sources() -> list[str]:
    """What is copied from the checkout."""
    return [name for rest in arguments("COPY") if "--from" not in rest for name in rest.split()[:-1]]


def test_what_is_built_runs_on_the_same_pinned_python() -> None:
    build, run = (rest.split()[0].partition("@sha256:")[0] for rest in arguments("FROM"))
    assert re.fullmatch(r"python:3\.1[1-3]\.\d+-slim-\w+", run)
    assert build == run.replace("-slim", "")


def test_tasks_do_not_run_as_root() -> None:
    assert int(arguments("USER")[-1]) >= 1000
    after = INSTRUCTIONS[[name for name, _ in INSTRUCTIONS].index("USER") :]
    assert [name for name, _ in after] == ["USER", "CMD"]


@pytest.mark.parametrize("command", arguments("RUN"))
def test_commands_run_without_a_shell(command: str) -> None:
    assert all(isinstance(word, str) for word in json.loads(command))


def pinned(lock: str) -> set[str]:
    """`name==version` of every package of a lock."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.findall(r"^([a-z0-9-]+==[^ ]+)(?: ; [^\\]+)? \\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(entries) == len(re.findall(r"^[a-z]", text, re.MULTILINE))
    return set(entries)


def test_everything_fetched_has_a_hash_and_the_rest_comes_from_that() -> None:
    pip = [words for words in map(json.loads, arguments("RUN")) if "pip" in words[0]]
    fetching = [words for words in pip if "-r" in words]
    assert [words[words.index("-r") + 1] for words in fetching] == [
        "requirements-build.lock",
        "requirements-image.lock",
    ]
    assert all({"--no-deps", "--require-hashes"} <= set(words) for words in fetching)
    assert all("--no-build-isolation" in words for words in pip if "wheel" in words)
    (ours, installed) = (words for words in pip if "-r" not in words)
    assert "--no-deps" in ours
    assert "--no-index" in installed


def test_the_image_has_the_versions_that_are_tested_and_nothing_of_development() -> None:
    image, tested = pinned("requirements-image.lock"), pinned("requirements.lock")
    assert image <= tested
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {one.partition("==")[0] for one in image}
    wanted = {re.match(r"[A-Za-z0-9-]+", one)[0].lower() for one in project["dependencies"]}  # type: ignore[index]
    assert wanted <= names
    development = {re.match(r"[A-Za-z0-9-]+", one)[0].lower() for one in project["optional-dependencies"]["dev"]}  # type: ignore[index]
    assert not names & (development | {"cleanlab", "pandas", "scikit-learn"})


def test_the_image_lock_is_all_that_our_packages_need() -> None:
    """Every module of ours, imported where only the distributions of the image's lock can be found."""
    names = sorted(one.partition("==")[0] for one in pinned("requirements-image.lock"))
    done = subprocess.run(
        [sys.executable, "-c", ONLY_LOCKED, json.dumps(names)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_kubeflow_gives_the_command_and_tasks_have_an_init() -> None:
    assert arguments("ENTRYPOINT") == []
    assert 'RETUNE_INIT="dumb-init --"' in arguments("ENV")[-1]
    assert "dumb-init" in {one.partition("==")[0] for one in pinned("requirements-image.lock")}


def test_only_our_packages_are_copied() -> None:
    packages = {"components", "pipelines", "local_vertex"}
    assert set(sources()) == packages | {"requirements-build.lock", "requirements-image.lock"} | {
        "pyproject.toml",
        "setup.py",
        "README.md",
        "LICENSE",
    }
    assert packages == {name for name in sources() if (ROOT / name).is_dir()}


def test_the_build_context_holds_what_is_copied_and_nothing_else() -> None:
    rules = lines(".dockerignore")
    assert rules[0] == "*"
    assert {rule[1:].rstrip("/") for rule in rules if rule.startswith("!")} == set(sources())
