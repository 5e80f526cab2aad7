"""Terraform's own checks pass, and every variable and output is typed, checked and in the README's tables."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TERRAFORM = ROOT / "terraform"
FOLDERS = [TERRAFORM, *sorted(path for path in (TERRAFORM / "modules").iterdir() if path.is_dir())]
OFFLINE = ROOT.parent / "shared" / "tools" / "terraform-offline" / "terraform-offline"

Terraform = Callable[..., "subprocess.CompletedProcess[str]"]


def terraform_command() -> list[str]:
    """The Terraform command of this machine; skips where there is none."""
    if named := os.environ.get("RETUNE_TERRAFORM"):
        return shlex.split(named)
    if shutil.which("terraform") and OFFLINE.is_file():
        return [str(OFFLINE)]
    pytest.skip("no Terraform with the Google provider here; name a command in RETUNE_TERRAFORM")


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Runs Terraform in a copy of the folder, so that the checkout stays clean."""
    command = terraform_command()
    copy = tmp_path_factory.mktemp("checkout") / "terraform"
    shutil.copytree(TERRAFORM, copy, ignore=shutil.ignore_patterns(".terraform", ".terraform.lock.hcl"))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("TF_VAR_")}
        environment |= {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        return subprocess.run(
            [*command, f"-chdir={copy}", *arguments], env=environment, capture_output=True, text=True, check=False
        )

    # A command that brings its own provider needs the modules only, and no network.
    run("get")
    if run("validate").returncode:
        run("init", "-backend=false", "-input=false")
    return run


@pytest.mark.parametrize(
    "arguments", [("fmt", "-check", "-recursive", "-diff"), ("validate",), ("test",)], ids=" ".join
)
def test_terraform_accepts_the_folder(terraform: Terraform, arguments: tuple[str, ...]) -> None:
    done = terraform(*arguments, *(["-no-color"] if arguments[0] != "fmt" else []))
    assert done.returncode == 0, done.stdout + done.stderr


def blocks(folder: Path, kind: str) -> dict[str, str]:
    """Body of every `kind "name" { … }` block of a folder, in the order of the file `KINDs.tf`."""
    text = (folder / f"{kind}s.tf").read_text(encoding="utf-8")
    return dict(re.findall(rf'^{kind} "(\w+)" {{\n(.*?)^}}', text, re.MULTILINE | re.DOTALL))


def argument(body: str, name: str) -> str:
    """A one-line argument of a block as it is written; empty where the block has none."""
    found = re.search(rf"^  {name} += (.+)$", body, re.MULTILINE)
    return found[1] if found else ""


def description(body: str) -> str:
    return argument(body, "description").strip('"')


def tables() -> dict[str, str]:
    """The README's tables by name, made from the root's variables and outputs."""
    variables = ["| variable | type | default | meaning |", "|---|---|---|---|"]
    for name, body in blocks(TERRAFORM, "variable").items():
        default = argument(body, "default")
        cell = f"`{default}`" if default else "required"
        variables.append(f"| `{name}` | `{argument(body, 'type')}` | {cell} | {description(body)} |")
    outputs = ["| output | meaning |", "|---|---|"]
    outputs += [f"| `{name}` | {description(body)} |" for name, body in blocks(TERRAFORM, "output").items()]
    return {"variables": "\n".join(variables), "outputs": "\n".join(outputs)}


@pytest.mark.parametrize("name", ["variables", "outputs"])
def test_the_table_in_the_readme_is_up_to_date(name: str) -> None:
    readme = (TERRAFORM / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- {name} -->\n(.*?)(?:\n\n|\n?\Z)", readme, re.DOTALL)
    assert found
    assert found[1] == tables()[name], f"put this below the mark {name!r} of terraform/README.md:\n{tables()[name]}"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_variable_is_described_typed_and_checked(folder: Path) -> None:
    variables = blocks(folder, "variable")
    assert variables
    assert list(variables) == sorted(variables)
    for name, body in variables.items():
        assert description(body).endswith("."), name
        assert argument(body, "type"), name
        # A bool has no wrong values that its type lets through.
        messages = re.findall(r'^    error_message = "(.+)"$', body, re.MULTILINE)
        assert len(messages) == body.count("validation {"), name
        assert messages or argument(body, "type") == "bool", name
        assert all(name in message for message in messages), name


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_output_is_described(folder: Path) -> None:
    outputs = blocks(folder, "output")
    assert list(outputs) == sorted(outputs)
    assert all(description(body).endswith(".") for body in outputs.values())


@pytest.mark.parametrize("environment", sorted(TERRAFORM.glob("environments/*.tfvars")), ids=lambda path: path.stem)
def test_an_environment_sets_known_variables_and_starts_paused(environment: Path) -> None:
    values = dict(re.findall(r"^(\w+) += (.+)$", environment.read_text(encoding="utf-8"), re.MULTILINE))
    variables = blocks(TERRAFORM, "variable")
    required = {name for name, body in variables.items() if not argument(body, "default")}
    assert required <= values.keys() <= variables.keys()
    assert values["environment"] == f'"{environment.stem}"'
    assert values["schedule_active"] == "false"


def test_all_folders_ask_for_the_same_provider() -> None:
    texts = [(folder / "versions.tf").read_text(encoding="utf-8") for folder in FOLDERS]
    assert {found for text in texts for found in re.findall(r'^ +version += "(.+)"$', text, re.MULTILINE)} == {
        ">= 7.42, < 9"
    }
    assert {found for text in texts for found in re.findall(r'required_version += "(.+)"$', text, re.MULTILINE)} == {
        ">= 1.9"
    }
