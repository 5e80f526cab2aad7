"""What a release and a promotion do with Terraform, run: the plan that was checked is applied, and nothing else.

Terraform is the real one, on a copy of the root without its backend; where there is no provider, a stand-in of it that
calls nothing makes plan and apply work.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cloudbuild.builds import BUILDS, Builder, step
from tests.cloudbuild.conftest import Command
from tests.end_to_end.month import ACCOUNT, BUCKET, IMAGE, LOCATION, PROJECT, write_config
from tests.terraform.offline import Checkout

TEMPLATES = f"https://{LOCATION}-kfp.pkg.dev/{PROJECT}/retune-pipelines"
STEPS = ("plan", "check-plan", "apply")
GIVEN = {"_ENVIRONMENT": "dev", "_STATE_BUCKET": "sample-dev-1-tfstate"}


def template(pipeline: str) -> str:
    return f"{TEMPLATES}/retune-{pipeline}/sha256:{len(pipeline):064}"


@pytest.fixture
def root(builder: Builder, command: Command) -> Path:
    """The root for a model line, before its first release, and what the steps before the plan have left."""
    (builder.workspace / "release").mkdir()
    (builder.workspace / "release" / "image.txt").write_text(f"{IMAGE}\n", encoding="utf-8")
    for pipeline in ("tuning", "monitoring", "promotion"):
        (builder.workspace / "release" / f"{pipeline}.txt").write_text(f"{template(pipeline)}\n", encoding="utf-8")
    checkout = Checkout(builder.workspace)
    write_config(builder.workspace / "retune.yaml")
    versions = checkout.terraform / "versions.tf"
    versions.write_text(re.sub(r'\n *backend "gcs" {}', "", versions.read_text("utf-8")), encoding="utf-8")
    values = {
        "bucket_name": BUCKET,
        "config_file": "retune.yaml",
        "environment": "dev",
        "location": LOCATION,
        "project_id": PROJECT,
    }
    lines = (f"{name} = {json.dumps(value)}\n" for name, value in values.items())
    (checkout.terraform / "environments" / "dev.tfvars").write_text("".join(lines), encoding="utf-8")
    command("terraform", checkout.script())
    return checkout.terraform


def schedules(state: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = [one for one in state["resources"] if one["type"] == "google_colab_schedule"]
    return {one["module"]: one["instances"][0]["attributes"] for one in found}


def test_the_plan_that_was_checked_is_applied(builder: Builder, root: Path) -> None:
    for name in STEPS:
        done = builder.run("release", name, GIVEN)
        assert done.status == 0, done.out + done.err
    state = json.loads((root / "terraform.tfstate").read_text(encoding="utf-8"))
    made = schedules(state)
    for module, pipeline in (("schedule", "tuning"), ("monitoring_schedule", "monitoring")):
        schedule = made[f"module.{module}[0]"]
        (request,) = schedule["create_pipeline_job_request"]
        (job,) = request["pipeline_job"]
        assert (schedule["desired_state"], job["template_uri"]) == ("PAUSED", template(pipeline))
        assert job["service_account"] == ACCOUNT
    assert state["outputs"]["promotion_template_uri"]["value"] == template("promotion")
    changed = json.loads((builder.workspace / "release" / "plan.json").read_text(encoding="utf-8"))
    assert len(changed["resource_changes"]) >= len(state["resources"])


def test_a_plan_that_fails_is_not_applied(builder: Builder, root: Path) -> None:
    (builder.workspace / "release" / "tuning.txt").write_text(f"{TEMPLATES}/retune-tuning/latest", encoding="utf-8")
    done = builder.run("release", "plan", GIVEN)
    assert done.status != 0
    assert "template_uri must end in" in done.err
    assert not (builder.workspace / "release" / "plan.json").exists()
    # Cloud Build stops at the first step that fails; whoever went on would be refused too.
    assert builder.run("release", "check-plan", GIVEN).status != 0
    assert builder.run("release", "apply", GIVEN).status != 0
    assert not (root / "terraform.tfstate").exists()


def test_a_promotion_plans_checks_and_applies_as_a_release_does() -> None:
    for name in STEPS:
        assert step("promote", name) == step("release", name)
    assert [one["id"] for one in BUILDS["promote"]["steps"]][-3:] == list(STEPS)
