"""The steps of a pull request, run: what they call is there, does its work, and fails where the change is wrong.

`make` runs in a small checkout with the Makefile, settings and tools of this one, Terraform on a copy of the root
with one of its test files; what they do to the whole repository is what the other tests are.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from local_vertex.server import RunningServer
from pipelines.compiler import compile_tuning, read_spec
from tests.cloudbuild.builds import ROOT, Builder, Done
from tests.cloudbuild.conftest import Command
from tests.terraform.offline import Checkout

MODULE = '"""One module."""\n'
TEST = '"""One test."""\n\n\ndef test_it_holds() -> None:\n    assert len("{}") == 3\n'

WRONG = (
    ("tests/test_one.py", TEST.format("no"), "1 failed"),
    ("components/one.py", MODULE + '\nNAME: int = "one"\n', "Incompatible types in assignment"),
    ("components/two.py", MODULE + "\nimport os\n", "F401"),
)


@pytest.fixture
def checkout(builder: Builder) -> Path:
    """A checkout that passes: three packages with a module, and a test."""
    workspace = builder.workspace
    for name in ("Makefile", "pyproject.toml", "setup.py", "requirements.lock"):
        shutil.copy2(ROOT / name, workspace)
    for package in ("components", "pipelines", "local_vertex"):
        (workspace / package).mkdir()
        (workspace / package / "__init__.py").write_text(MODULE, encoding="utf-8")
    (workspace / "tests").mkdir()
    (workspace / "tests" / "test_one.py").write_text(TEST.format("yes"), encoding="utf-8")
    (workspace / ".venv").mkdir()
    tools = workspace / ".venv" / "bin"
    tools.mkdir()
    for tool in ("mypy", "python", "ruff"):
        (tools / tool).symlink_to(Path(sys.prefix) / "bin" / tool)
    (tools / "retune").symlink_to(builder.path[0] / "retune")
    for part in ("lib", "pyvenv.cfg"):
        (workspace / ".venv" / part).symlink_to(Path(sys.prefix) / part)
    (workspace / ".venv" / ".ready").touch()
    return workspace


def check(builder: Builder, name: str = "check") -> Done:
    builder.environment = {**builder.environment, "PYTHONPATH": ""}
    return builder.run("pull request", name, {})


def test_lint_types_and_tests_run_and_each_can_fail_the_build(builder: Builder, checkout: Path) -> None:
    done = check(builder)
    assert done.status == 0, done.out + done.err
    for said in ("All checks passed!", "Success: no issues found in 3 source files", "1 passed"):
        assert said in done.out
    # From the last to the first, and mypy remembers what it has seen.
    for file, text, said in WRONG:
        (checkout / file).write_text(text, encoding="utf-8")
        done = check(builder)
        assert done.status != 0
        assert said in done.out


def test_all_pipelines_are_compiled(builder: Builder, checkout: Path) -> None:
    done = builder.run("pull request", "compile", {})
    assert done.status == 0, done.err
    assert read_spec(checkout / "tuning.yaml") == compile_tuning()
    names = {read_spec(checkout / f"{one}.yaml")["pipelineInfo"]["name"] for one in ("monitoring", "promotion")}
    assert names == {"retune-monitoring", "retune-promotion"}


@pytest.fixture
def root(builder: Builder, command: Command, vertex_env: RunningServer) -> Path:
    """A copy of Terraform's root, tested by one short file."""
    checkout = Checkout(builder.workspace)
    for file in (checkout.terraform / "tests").glob("*.tftest.hcl"):
        if file.name != "budget.tftest.hcl":
            file.unlink()
    command("terraform", checkout.script())
    return checkout.terraform


def test_terraform_is_formatted_validated_and_planned(builder: Builder, root: Path) -> None:
    done = builder.run("pull request", "terraform", {})
    assert done.status == 0, done.out + done.err
    assert "The configuration is valid" in done.out
    assert "0 failed." in done.out


def test_terraform_that_is_wrong_fails_the_build(builder: Builder, root: Path) -> None:
    (root / "more.tf").write_text('output "no_variable" {\n  value = var.nothing\n}\n', encoding="utf-8")
    done = builder.run("pull request", "terraform", {})
    assert done.status != 0
    assert "Reference to undeclared input variable" in done.err
    assert "0 failed." not in done.out
