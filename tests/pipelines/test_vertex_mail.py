"""The pipeline that Vertex AI mails about: the ordinary one with one more last task."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2
from typer.testing import CliRunner

from components.errors import RetuneError
from pipelines.cli.main import app
from pipelines.compiler import check_place, compile_promotion, compile_tuning, has_image, read_spec
from pipelines.vertex_mail import MAIL, has_mail, with_mail

IMAGE = "registry.example/retune@sha256:0"
CONFIG = Path(__file__).parents[2] / "terraform" / "tests" / "configs" / "sample.yaml"


@pytest.mark.parametrize("compiled", [compile_tuning(IMAGE), compile_promotion(IMAGE)])
def test_the_mail_waits_for_what_the_notification_waits_for(compiled: dict[str, object]) -> None:
    spec = with_mail(compiled, ["a@example.com", "b@example.com"])
    json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
    tasks = spec["root"]["dag"]["tasks"]
    assert tasks[MAIL]["triggerPolicy"] == tasks["notify"]["triggerPolicy"]
    assert tasks[MAIL]["dependentTasks"] == tasks["notify"]["dependentTasks"]
    given = tasks[MAIL]["inputs"]["parameters"]
    assert given["recipients"]["runtimeValue"]["constant"] == ["a@example.com", "b@example.com"]
    assert given["pipeline_task_final_status"]["taskFinalStatus"]["producerTask"] in tasks
    executor = spec["deploymentSpec"]["executors"][f"exec-{MAIL}"]["container"]
    assert executor["image"].startswith("gcr.io/ml-pipeline/google-cloud-pipeline-components:")
    assert {**spec["root"]["dag"], "tasks": {name: one for name, one in tasks.items() if name != MAIL}} == (
        compiled["root"]["dag"]  # type: ignore[index]
    ), "nothing else changes"
    assert has_image(spec)


def test_the_default_artefact_runs_everywhere_and_the_other_one_says_where_not() -> None:
    assert not has_mail(compile_tuning())
    check_place(compile_tuning(), local=True, named="tuning.yaml")
    mailing = with_mail(compile_tuning(IMAGE), ["a@example.com"])
    check_place(mailing, local=False, named="tuning.yaml")
    with pytest.raises(RetuneError, match="CONFIG-MAIL"):
        check_place(mailing, local=True, named="tuning.yaml")
    with pytest.raises(RetuneError, match="CONFIG-IMAGE"):
        check_place(compile_tuning(), local=False, named="tuning.yaml")


def test_the_address_comes_from_the_option_or_the_configuration(tmp_path: Path) -> None:
    config, parameter = tmp_path / "retune.yaml", tmp_path / "config.json"
    config.write_text(CONFIG.read_text(encoding="utf-8") + "\nnotification: {email: [team@example.com]}\n")
    of_config = ["-c", str(config), "--parameter", str(parameter)]
    for options, recipient in ((of_config, "team@example.com"), (["--email", "me@example.com"], "me@example.com")):
        path = tmp_path / "tuning.yaml"
        done = CliRunner().invoke(app, ["compile", "-o", str(path), *options])
        assert done.exit_code == 0, done.output
        tasks = read_spec(path)["root"]["dag"]["tasks"]
        assert tasks[MAIL]["inputs"]["parameters"]["recipients"]["runtimeValue"]["constant"] == [recipient]


@pytest.mark.parametrize("addresses", [["me"], [f"{letter}@example.com" for letter in "abcd"]])
def test_what_is_no_address_and_more_than_three_are_refused(tmp_path: Path, addresses: list[str]) -> None:
    given = [word for address in addresses for word in ("--email", address)]
    done = CliRunner().invoke(app, ["compile", "-o", str(tmp_path / "tuning.yaml"), *given])
    assert isinstance(done.exception, RetuneError)
    assert (done.exception.code, int(done.exception.exit_code)) == ("CONFIG-EMAIL", 2)
    assert not (tmp_path / "tuning.yaml").exists()
