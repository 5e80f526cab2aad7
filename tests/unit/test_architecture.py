"""Dependencies point one way, and modules import without environment, network or files of the user."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("components", "pipelines", "local_vertex")
GOOGLE = ("google", "vertexai", "kfp", "google_cloud_pipeline_components")


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def offenders(folder: str, forbidden: tuple[str, ...], exempt: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(folder)
        if not str(path.relative_to(ROOT)).startswith(exempt or ("-",))
        for name in imports(path)
        if name.split(".")[0] in forbidden or name.startswith(tuple(f"{one}." for one in forbidden))
    ]


def test_components_do_not_know_pipelines_or_local_vertex() -> None:
    assert offenders("components", ("pipelines", "local_vertex")) == []


def test_local_vertex_stands_alone() -> None:
    assert offenders("local_vertex", ("components", "pipelines")) == []


def test_only_the_local_mode_of_the_command_line_knows_local_vertex() -> None:
    local_mode = ("pipelines/cli/local_mode.py", "pipelines/cli/local.py")
    assert offenders("pipelines", ("local_vertex",), exempt=local_mode) == []


def test_google_sdks_stay_behind_the_adapters() -> None:
    shells = tuple(str(path.relative_to(ROOT)) for path in modules("components") if path.name == "component.py")
    found = offenders("components", GOOGLE, exempt=("components/gcp/", *shells))
    compiled = ("tuning", "promotion", "monitoring", "compiler", "vertex_mail")
    found += offenders("pipelines", GOOGLE, exempt=tuple(f"pipelines/{name}.py" for name in compiled))
    assert found == []


LAYERS = (
    "base_models",
    "dataset_validation",
    "run_planning",
    "supervised_tuning",
    "evaluation",
    "model_registration",
    "shadow",
    "endpoint_deployment",
    "promotion",
    "outcome_recording",
    "monitoring",
    "notification",
)
"""In the order of the pipeline: a step knows those before it, never one after it."""


def test_every_step_has_its_place_in_the_order() -> None:
    folders = {path.name for path in (ROOT / "components").iterdir() if (path / "__init__.py").exists()}
    assert folders - {"gcp"} == set(LAYERS)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_step_knows_only_the_steps_before_it(layer: str) -> None:
    later = tuple(f"components.{name}" for name in LAYERS[LAYERS.index(layer) + 1 :])
    assert offenders(f"components/{layer}", later) == []


def test_adapters_do_not_know_the_steps() -> None:
    steps = tuple(
        f"components.{path.name}" for path in (ROOT / "components").iterdir() if path.is_dir() and path.name != "gcp"
    )
    assert offenders("components/gcp", steps) == []


IMPORT_ALL = """
import importlib, pathlib, socket, sys
def refuse(*args, **kwargs):
    raise AssertionError("network access while importing")
socket.socket.connect = refuse
for package in sys.argv[1:]:
    for path in sorted(pathlib.Path(package).rglob("*.py")):
        if path.name != "__main__.py":
            importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_imports_with_an_empty_environment(package: str) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, package],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr


def test_files_stay_readable() -> None:
    long = [
        f"{path.relative_to(ROOT)} has {lines} lines"
        for folder in PACKAGES
        for path in modules(folder)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 260
    ]
    assert long == []
