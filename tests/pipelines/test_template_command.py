"""`retune template`: versions that do not move."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.errors import RetuneError
from pipelines.compiler import read_spec
from pipelines.given_pipeline import given_pipeline
from tests.pipelines.schedule_lines import ScheduledLine, call

IMAGE = f"us-central1-docker.pkg.dev/p/retune/retune@sha256:{'a' * 64}"


@pytest.fixture
def repository(line: ScheduledLine) -> str:
    return f"https://us-central1-kfp.pkg.dev/{line.project}/retune-pipelines"


def pipeline(line: ScheduledLine, image: str = IMAGE, more: str = "") -> Path:
    """The pipeline that does nothing, in an image."""
    line.upload_template()
    file = line.folder / "tuning.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("image: retune\n", f"image: {image}\n") + more)
    return file


def refused(*words: str) -> RetuneError:
    done = call("template", *words)
    assert isinstance(done.exception, RetuneError)
    return done.exception


def test_a_version_is_stored_again_but_never_moves(line: ScheduledLine, repository: str) -> None:
    words = ("--repository", repository, "--tag", "v1.2.3")
    first = call("template", "push", str(pipeline(line)), *words)
    again = call("template", "push", str(pipeline(line)), *words)
    assert first.stdout == again.stdout
    assert first.stdout.startswith(f"{repository}/retune-tuning/sha256:")
    other = pipeline(line, more="# other\n")
    assert refused("push", str(other), *words).code == "TEMPLATE-TAKEN"
    assert call("template", "push", str(other), *words[:-1], "v1.2.4").exit_code == 0


def test_an_image_that_can_change_is_refused(line: ScheduledLine, repository: str) -> None:
    file = pipeline(line, "us-central1-docker.pkg.dev/p/retune/retune:latest")
    assert refused("push", str(file), "--repository", repository, "--tag", "v1.0.1").code == "CONFIG-IMAGE"


def test_what_is_not_there_or_no_address_is_refused(line: ScheduledLine, repository: str) -> None:
    target = ("--repository", repository, "--tag", "v1.0.1")
    assert refused("copy", f"{repository}/retune-tuning/v9.9.9", *target).code == "TEMPLATE-NOT-FOUND"
    assert refused("copy", "https://example.com/x", *target).code == "CONFIG-TEMPLATE"
    assert refused("push", str(pipeline(line)), "--repository", "gs://x", "--tag", "v1.0.1").code == "CONFIG-TEMPLATE"
    assert refused("push", str(line.config), *target).code == "CONFIG-PIPELINE"


def test_a_command_takes_a_stored_pipeline_that_cannot_change(line: ScheduledLine, repository: str) -> None:
    file = pipeline(line)
    stored = call("template", "push", str(file), "--repository", repository, "--tag", "v1.2.3").stdout.strip()
    for address in (stored, f"{repository}/retune-tuning/v1.2.3", str(file)):
        assert given_pipeline(address) == read_spec(file)
    for address in (f"{repository}/retune-tuning/latest", "https://example.com/pipeline.yaml"):
        with pytest.raises(RetuneError, match="CONFIG-TEMPLATE"):
            given_pipeline(address)
    missing = call("run", "-c", str(line.config), "--pipeline", f"{repository}/retune-tuning/v9.9.9")
    assert isinstance(missing.exception, RetuneError)
    assert missing.exception.code == "TEMPLATE-NOT-FOUND"
