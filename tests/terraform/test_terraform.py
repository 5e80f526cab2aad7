"""Terraform's own checks pass, and every variable and output is typed, checked and in the README's tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.terraform_tables import FOLDERS, TERRAFORM, argument, blocks, description, readme
from tests.terraform.offline import NEWEST, OLDER, Checkout

ROOT = TERRAFORM.parent
PAGES = [ROOT / "docs" / "guides" / name for name in ("deploy.md", "promotion.md", "watching.md")]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("checkout"), NEWEST, OLDER)


def test_the_files_are_formatted(checkout: Checkout) -> None:
    done = checkout.run("fmt", "-check", "-recursive", "-diff")
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_older_provider_knows_everything_that_is_used(checkout: Checkout) -> None:
    if not checkout.is_offline:
        pytest.skip("`terraform init` chose one provider; another cannot be put in its place")
    done = checkout.run("validate", "-no-color", version=OLDER)
    assert done.returncode == 0, done.stdout + done.stderr


def test_plans_are_what_they_should_be(checkout: Checkout) -> None:
    done = checkout.run("test", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_tables_in_the_readme_are_up_to_date(folder: Path) -> None:
    assert (folder / "README.md").read_text(encoding="utf-8") == readme(folder), "run `make docs`"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_variable_is_described_typed_and_checked(folder: Path) -> None:
    variables = blocks(folder, "variable")
    assert variables
    for path in folder.glob("variables*.tf"):
        names = re.findall(r'^variable "(\w+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
        assert names == sorted(names)
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_guides_name_variables_and_outputs_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    variables, outputs = blocks(TERRAFORM, "variable").keys(), blocks(TERRAFORM, "output").keys()
    written = set(re.findall(r"(?:^ *|`|# )([a-z]+(?:_[a-z]+)+) += ", text, re.MULTILINE))
    assert written <= variables | outputs, written - variables - outputs
    assert set(re.findall(r"TF_VAR_([a-z_]+)", text)) <= variables
    assert set(re.findall(r"\boutput (?:-raw )?([a-z]+(?:_[a-z]+)*)\b[)\n]", text)) <= outputs


@pytest.mark.parametrize("environment", sorted(TERRAFORM.glob("environments/*.tfvars")), ids=lambda path: path.stem)
def test_an_environment_sets_known_variables_and_starts_paused(environment: Path) -> None:
    values = dict(re.findall(r"^(\w+) += (.+)$", environment.read_text(encoding="utf-8"), re.MULTILINE))
    variables = blocks(TERRAFORM, "variable")
    required = {name for name, body in variables.items() if not argument(body, "default")}
    assert required <= values.keys() <= variables.keys()
    assert values["environment"] == f'"{environment.stem}"'
    assert values["schedule_active"] == values["monitoring_active"] == "false"


def test_all_folders_ask_for_the_same_provider() -> None:
    texts = [(folder / "versions.tf").read_text(encoding="utf-8") for folder in FOLDERS]
    # The module that makes nothing needs no provider.
    assert {found for text in texts for found in re.findall(r'^ +version += "(.+)"$', text, re.MULTILINE)} == {
        ">= 7.42, < 9"
    }
    assert {found for text in texts for found in re.findall(r'required_version += "(.+)"$', text, re.MULTILINE)} == {
        ">= 1.9"
    }
