"""The build files are what Cloud Build accepts, pinned, and take values through the environment only."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from docs.terraform_tables import TERRAFORM, blocks
from local_vertex.http_api.schema_check import SchemaChecks
from pipelines.cli.compile import Which
from tests.cloudbuild.builds import BUILDS, BUILT_IN, REFERENCE

SCHEMAS = json.loads(Path(__file__).parent.joinpath("schema", "build.json").read_text(encoding="utf-8"))["schemas"]
STEPS = [pytest.param(build, one, id=f"{build}-{one['id']}") for build in BUILDS for one in BUILDS[build]["steps"]]
PINNED = re.compile(r"(gcr\.io/|hashicorp/)?[a-z/-]+:\d+\.\d+\.\d+(-[a-z0-9-]+)?(@sha256:[0-9a-f]{64})?")
# Images of our own: the one that this commit was built to, and the one of a digest that Terraform knows.
OWN = frozenset({"$_IMAGE_REPOSITORY/retune:$COMMIT_SHA", "$_SOURCE_IMAGE_REPOSITORY/retune:$COMMIT_SHA", "$_IMAGE"})


def problems(build: Any) -> list[Any]:
    """What is wrong with a build; output-only fields and other spellings are lost on the way, so they count."""
    checked, found = SchemaChecks(SCHEMAS, {}).check("Build", build)
    return [*found, *([] if found or checked == build else ["a field is output only or not in camel case"])]


@pytest.mark.parametrize("name", BUILDS)
def test_a_build_is_of_cloud_builds_schema(name: str) -> None:
    assert problems(BUILDS[name]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": []},
        {"steps": [{"name": "x", "script": 1}]},
        {"steps": [{"name": "x", "wait_for": ["-"]}]},
        {"options": {"logging": "NOWHERE"}},
        {"status": "SUCCESS"},
        {"timeout": 600},
    ],
)
def test_what_is_not_of_the_schema_is_seen(wrong: dict[str, Any]) -> None:
    assert problems(wrong)


@pytest.mark.parametrize("name", BUILDS)
def test_steps_have_names_of_their_own_and_wait_for_each_other(name: str) -> None:
    names = [one["id"] for one in BUILDS[name]["steps"]]
    assert len(set(names)) == len(names)
    for number, one in enumerate(BUILDS[name]["steps"]):
        assert set(one.get("waitFor", [])) <= {"-", *names[:number]}


@pytest.mark.parametrize("name", BUILDS)
def test_logs_need_no_bucket_and_builds_end(name: str) -> None:
    assert BUILDS[name]["options"]["logging"] == "CLOUD_LOGGING_ONLY"
    assert 0 < int(BUILDS[name]["timeout"].removesuffix("s")) <= 3600


@pytest.mark.parametrize(("name", "one"), STEPS)
def test_a_step_is_a_pinned_image_and_a_script(name: str, one: dict[str, Any]) -> None:
    assert one["name"] in OWN or PINNED.fullmatch(one["name"])
    assert one["script"].startswith("#!")
    assert not {"args", "entrypoint", "secretEnv"} & one.keys()


@pytest.mark.parametrize(("name", "one"), STEPS)
def test_no_substitution_is_pasted_into_a_script(name: str, one: dict[str, Any]) -> None:
    given = dict(entry.split("=", 1) for entry in one.get("env", []))
    constants = {key for key, value in given.items() if re.fullmatch(r"[a-z0-9]+", value)}
    assert all(REFERENCE.fullmatch(value) for key, value in given.items() if key not in constants)
    assert not re.search(r"\$\{?_", one["script"])
    used = set(REFERENCE.findall(one["script"])) - set(re.findall(r"(TF_VAR_\w+)=", one["script"]))
    assert used == given.keys() - constants


@pytest.mark.parametrize(("name", "one"), STEPS)
def test_a_script_stops_at_the_first_error_quotes_and_fetches_no_code(name: str, one: dict[str, Any]) -> None:
    first, second, *_ = one["script"].splitlines()
    shell = {"#!/usr/bin/env bash": "set -euo pipefail", "#!/bin/sh": "set -eu"}
    assert second == shell[first]
    commands = re.sub(r"^ *#.*$", "", one["script"].split("\n", 1)[1], flags=re.MULTILINE)
    unquoted = re.sub(r"\"(?:\$\([^()]*\)|[^\"])*\"|'[^']*'", "", commands)
    assert "$" not in unquoted
    assert not re.search(r"\b(curl|wget|pip|apt|eval)\b", commands)
    subprocess.run([first.rpartition("/")[2].split()[-1], "-n"], input=one["script"], text=True, check=True)


@pytest.mark.parametrize("name", BUILDS)
def test_substitutions_are_declared_and_used(name: str) -> None:
    texts = [text for one in BUILDS[name]["steps"] for text in (one["name"], *one.get("env", []))]
    used = {found for text in texts for found in REFERENCE.findall(text)}
    declared = BUILDS[name].get("substitutions", {}).keys()
    assert used - BUILT_IN == declared
    assert all(re.fullmatch(r"_[A-Z0-9_]+", key) for key in declared)


def test_the_pull_request_is_given_nothing_and_pushes_nothing() -> None:
    scripts = "\n".join(one["script"] for one in BUILDS["pull request"]["steps"])
    assert "env" not in {key for one in BUILDS["pull request"]["steps"] for key in one}
    assert {"make lint types test", "make compile", "terraform validate", "terraform test"} <= {
        line.strip() for line in scripts.splitlines()
    }
    assert not re.search(r"\b(push|upload|apply)\b", scripts)


@pytest.mark.parametrize("name", ["release", "promote"])
def test_the_plan_that_was_checked_is_the_plan_that_is_applied(name: str) -> None:
    steps = {one["id"]: one for one in BUILDS[name]["steps"]}
    assert (steps["check-plan"]["waitFor"], steps["apply"]["waitFor"]) == (["plan"], ["check-plan"])
    (planned,) = re.findall(r"-out=(\S+)", steps["plan"]["script"])
    assert f"terraform show -json {planned} > ../release/plan.json" in steps["plan"]["script"]
    assert steps["apply"]["script"].splitlines()[-1] == f"terraform apply {planned}"
    assert "release/plan.json" in steps["check-plan"]["script"]


@pytest.mark.parametrize("name", ["release", "promote"])
def test_every_template_that_is_stored_is_given_to_terraform(name: str) -> None:
    steps = {one["id"]: one["script"] for one in BUILDS[name]["steps"]}
    (pipelines,) = re.findall(r"for pipeline in ([a-z ]+); do", steps["template"])
    assert set(pipelines.split()) == {one.value for one in Which}
    given = dict(re.findall(r'(TF_VAR_\w+)="\$\(cat \.\./release/(\w+)\.txt\)"', steps["plan"]))
    assert sorted(given.values()) == sorted([*pipelines.split(), "image"])
    (exported,) = re.findall(r"export (.*)", steps["plan"])
    assert set(exported.split()) == given.keys()
    assert {variable.removeprefix("TF_VAR_") for variable in given} <= blocks(TERRAFORM, "variable").keys()


def test_production_builds_and_compiles_nothing() -> None:
    scripts = "\n".join(one["script"] for one in BUILDS["promote"]["steps"])
    assert not re.search(r"docker (build|push)|retune compile|make ", scripts)
