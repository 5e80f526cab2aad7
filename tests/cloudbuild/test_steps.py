"""The scripts of the steps, run: what is built once, what is stored under which version, and what is refused.

`retune` and Python are the real ones, against local Vertex. Docker needs a daemon, so a script in its place answers and
writes down how it was called.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.gcp.template_registry import TemplateRegistry, split_template
from pipelines.compiler import images, read_spec
from pipelines.vertex_mail import has_mail
from tests.cloudbuild.builds import Builder
from tests.cloudbuild.conftest import Command

COMMIT = "c0ffee" * 6 + "c0ff"
IMAGES = "us-central1-docker.pkg.dev/staging-1/retune"
IMAGE = f"{IMAGES}/retune@sha256:{'a' * 64}"
SAMPLE = Path(__file__).parents[2] / "terraform" / "tests" / "configs" / "sample.yaml"
PIPELINES = ("tuning", "monitoring", "promotion")
DOCKER = f'echo "$*" >> calls.txt\ncase "$1" in pull) exit %d ;; inspect) echo {IMAGE} ;; esac\n'


def templates(project: str) -> str:
    return f"https://us-central1-kfp.pkg.dev/{project}/retune-pipelines"


def stored(release: Path, pipeline: str) -> tuple[str, str, str]:
    """Repository, package and version that a step has left for Terraform."""
    return split_template((release / f"{pipeline}.txt").read_text(encoding="utf-8").strip())


def calls(builder: Builder) -> list[str]:
    return [line.split()[0] for line in (builder.workspace / "calls.txt").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("pulled", "expected"), [(1, ["pull", "build", "push", "inspect"]), (0, ["pull", "inspect"])])
def test_a_commit_is_built_once(builder: Builder, command: Command, pulled: int, expected: list[str]) -> None:
    command("docker", DOCKER % pulled)
    done = builder.run("release", "image", {"COMMIT_SHA": COMMIT, "_IMAGE_REPOSITORY": IMAGES})
    assert done.status == 0, done.err
    assert calls(builder) == expected
    assert (builder.workspace / "release" / "image.txt").read_text(encoding="utf-8") == f"{IMAGE}\n"
    assert (builder.workspace / "release").stat().st_mode & 0o777 == 0o777


def test_an_image_that_was_never_released_is_not_promoted(builder: Builder, command: Command) -> None:
    command("docker", DOCKER % 1)
    done = builder.run("promote", "image", {"COMMIT_SHA": COMMIT, "_SOURCE_IMAGE_REPOSITORY": IMAGES})
    assert done.status != 0
    assert calls(builder) == ["pull"]


def test_what_is_released_is_what_is_promoted(builder: Builder, tmp_path: Path) -> None:
    release = builder.workspace / "release"
    release.mkdir()
    (release / "image.txt").write_text(f"{IMAGE}\n", encoding="utf-8")
    staging, prod = templates(f"staging-{tmp_path.name[-8:]}"), templates(f"prod-{tmp_path.name[-8:]}")
    config = SAMPLE.read_text(encoding="utf-8") + "\nnotification: {email: [team@example.com]}\n"
    (builder.workspace / "retune.yaml").write_text(config, encoding="utf-8")
    given = {"COMMIT_SHA": COMMIT, "_TEMPLATE_REPOSITORY": staging, "_IMAGE_REPOSITORY": IMAGES}
    given["_CONFIG_FILE"] = "retune.yaml"
    done = builder.run("release", "template", given)
    assert done.status == 0, done.err
    released = {pipeline: stored(release, pipeline) for pipeline in PIPELINES}
    assert {pipeline: address[:2] for pipeline, address in released.items()} == {
        pipeline: (staging, f"retune-{pipeline}") for pipeline in PIPELINES
    }
    for pipeline in PIPELINES:
        spec = read_spec(release / f"{pipeline}.yaml")
        assert images(spec) == {IMAGE}
        assert has_mail(spec), "the configuration says who is mailed"

    promotion = {
        "COMMIT_SHA": COMMIT,
        "TAG_NAME": "v1.2.3",
        "_SOURCE_IMAGE_REPOSITORY": IMAGES,
        "_SOURCE_TEMPLATE_REPOSITORY": staging,
        "_TEMPLATE_REPOSITORY": prod,
    }
    done = builder.run("promote", "template", promotion)
    assert done.status == 0, done.err
    for pipeline in PIPELINES:
        # The same digest, so the same bytes.
        assert stored(release, pipeline) == (prod, *released[pipeline][1:])
        content = TemplateRegistry(prod).content(f"retune-{pipeline}", "v1.2.3")
        assert content == (release / f"{pipeline}.yaml").read_bytes()

    (release / "image.txt").write_text(f"{IMAGES}/retune@sha256:{'b' * 64}\n", encoding="utf-8")
    other = builder.run("promote", "template", promotion)
    assert other.status == 2
    assert "CONFIG-IMAGE" in other.err


def plan(*resources: tuple[str, list[str]]) -> dict[str, Any]:
    changes = [
        {
            "address": f"module.x.{kind}.this",
            "type": kind,
            "change": {"actions": actions, "after": {"secret": "s3cret"}},
        }
        for kind, actions in resources
    ]
    return {"resource_changes": changes}


@pytest.mark.parametrize(
    ("resources", "status"),
    [
        ([], 0),
        ([("google_storage_bucket", ["no-op"]), ("google_colab_schedule", ["update"])], 0),
        ([("google_colab_schedule", ["delete"])], 0),
        ([("google_storage_bucket", ["delete"])], 1),
        ([("google_artifact_registry_repository", ["delete", "create"])], 1),
        ([("google_kms_crypto_key", ["create", "delete"])], 1),
    ],
)
def test_a_plan_that_loses_data_is_not_applied(
    builder: Builder, resources: list[tuple[str, list[str]]], status: int
) -> None:
    (builder.workspace / "release").mkdir()
    (builder.workspace / "release" / "plan.json").write_text(json.dumps(plan(*resources)), encoding="utf-8")
    for build in ("release", "promote"):
        done = builder.run(build, "check-plan", {})
        assert done.status == status, done.err
        assert "s3cret" not in done.out + done.err
        assert ("would be deleted" in done.err) == bool(status)
    assert [line.split()[0] for line in done.out.splitlines()] == [
        "+".join(actions) for _, actions in resources if actions != ["no-op"]
    ]


def test_an_object_named_like_a_command_is_a_name(builder: Builder) -> None:
    name = '$(touch pwned)`touch pwned`";touch pwned;"/train.jsonl\n'
    substitutions = {"_OBJECT": name, "_BUCKET": "b", "_GENERATION": "1; touch pwned", "_CONFIG_FILE": "x.yaml"}
    done = builder.run("dataset", "submit", substitutions)
    assert done.status == 2
    assert not list(builder.workspace.rglob("pwned"))
