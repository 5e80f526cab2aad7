"""`retune schedule`: what it shows, changes and starts, and where it differs from the repository."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.errors import RetuneError
from pipelines.config import load_config
from pipelines.schedules import check_schedule
from tests.pipelines.schedule_lines import ScheduledLine, call, told


def differing(line: ScheduledLine) -> dict[str, tuple[str, str]]:
    return {one.key: (one.live, one.repository) for one in check_schedule(load_config(line.config))}


def test_show_says_what_runs_when_and_that_nothing_differs(line: ScheduledLine) -> None:
    name = line.create_schedule()
    shown = told("schedule", "show", "-c", str(line.config))
    assert (shown["cron"], shown["state"], shown["differences"]) == ("CRON_TZ=Europe/Rome 0 3 * * 1", "PAUSED", [])
    assert shown["template_uri"].startswith("https://us-central1-kfp.pkg.dev/")
    assert shown["parameters"]["trigger"] == "schedule"
    assert shown["name"].rpartition("/")[2] == name.rpartition("/")[2]
    text = call("schedule", "show", "-c", str(line.config)).stdout
    assert "the schedule is what the repository says" in text
    assert told("schedule", "show", *line.named())["differences"] is None


def test_a_changed_configuration_is_a_difference_with_its_key_and_both_values(line: ScheduledLine) -> None:
    line.create_schedule()
    candidate = {"base_model": "gemini-2.5-flash", "epochs": 3}
    line.write_config(tuning={"candidates": [candidate], "budget_usd": 25})
    found = differing(line)
    assert found == {
        "config.tuning.budget_usd": ("10.0", "25.0"),
        "config.tuning.candidates[0].epochs": ("1", "3"),
    }
    assert (
        "config.tuning.budget_usd: live 10.0, repository 25.0"
        in call("schedule", "show", "-c", str(line.config)).stdout
    )


def test_doctor_says_where_the_schedule_differs(line: ScheduledLine) -> None:
    assert told("doctor", "-c", str(line.config)) == {"found": [], "left": []}
    line.create_schedule()
    assert "schedule agree" in call("doctor", "-c", str(line.config)).stdout
    line.write_config(tuning={"candidates": [{"base_model": "gemini-2.5-flash", "epochs": 1}], "budget_usd": 25})
    result = call("doctor", "-c", str(line.config), "--json", "--fix")
    assert result.exit_code == 5
    (found,) = json.loads(result.stdout)["left"]
    assert (found["code"], found["repairable"]) == ("SCHEDULE-DIFFERS", False)
    assert "config.tuning.budget_usd is 10.0, the configuration says 25.0" in found["what"]


def test_a_configuration_without_its_defaults_means_the_same(line: ScheduledLine) -> None:
    import yaml

    plain = json.dumps(yaml.safe_load(line.config.read_text(encoding="utf-8")))
    line.create_schedule(parameters={"config": plain})
    assert differing(line) == {}


@pytest.mark.parametrize(
    ("changes", "key", "live"),
    [
        ({"allow_queueing": True}, "allow_queueing", "true"),
        ({"max_concurrent_active_run_count": 3}, "max_concurrent_active_run_count", "3"),
        ({"parameters": {"trigger": "manual"}}, "trigger", "manual"),
        ({"parameters": {"force": "true"}}, "force", "true"),
        ({"parameters": {"config": "[]"}}, "config", "no JSON object"),
    ],
)
def test_what_terraform_would_not_have_made_is_a_difference(
    line: ScheduledLine, changes: dict[str, Any], key: str, live: str
) -> None:
    line.create_schedule(**changes)
    assert {key: found[0] for key, found in differing(line).items()} == {key: live}


def test_a_tag_that_moves_an_account_and_a_bucket_are_differences(line: ScheduledLine) -> None:
    from components.gcp.template_registry import TemplateRegistry

    by_digest = line.upload_template()
    TemplateRegistry(by_digest.rsplit("/", 2)[0]).upload(line.folder / "tuning.yaml", ["latest"])
    line.create_schedule(template_uri=by_digest.rsplit("/", 1)[0] + "/latest")
    account = "pipeline@other.iam.gserviceaccount.com"
    cloud = {"project": line.project, "location": "us-central1", "bucket": "elsewhere", "service_account": account}
    line.write_config(cloud=cloud)
    found = differing(line)
    assert found["template_uri"][0].endswith("/latest")
    assert found["service_account"] == ("the project's default", account)
    assert found["pipeline_root"][1] == "a folder of gs://elsewhere"


def test_what_may_be_secret_is_not_shown(line: ScheduledLine) -> None:
    line.write_config(notification={"webhook": "https://hooks.example.com/secret-1"})
    line.create_schedule()
    line.write_config(notification={"webhook": "https://hooks.example.com/secret-2"})
    assert differing(line) == {"config.notification.webhook": ("hidden", "hidden")}


def test_pause_and_resume_may_be_repeated(line: ScheduledLine) -> None:
    line.create_schedule()
    words = ("-c", str(line.config))
    for command, state, was in (
        ("resume", "ACTIVE", "PAUSED"),
        ("resume", "ACTIVE", "ACTIVE"),
        ("pause", "PAUSED", "ACTIVE"),
        ("pause", "PAUSED", "PAUSED"),
    ):
        said = told("schedule", command, *words)
        assert (said["state"], said["was"]) == (state, was)
        assert told("schedule", "show", *words)["state"] == state


def test_the_schedule_that_watches_is_another_one(line: ScheduledLine) -> None:
    line.create_schedule()
    words = ("-c", str(line.config), "--monitoring")
    missing = call("schedule", "show", *words)
    assert isinstance(missing.exception, RetuneError)
    assert missing.exception.code == "SCHEDULE-MISSING"
    assert "monitoring_template_uri" in missing.exception.next_step
    watching = line.create_schedule("retune-line monitoring", parameters={"config": "[]"})
    assert told("schedule", "resume", *words)["name"] == watching
    assert told("schedule", "show", "-c", str(line.config))["state"] == "PAUSED"
    shown = told("schedule", "show", *words)
    assert shown["state"] == "ACTIVE"
    assert [one["key"] for one in shown["differences"]] == ["config"]
    told("schedule", "pause", *words)
    done = call("doctor", "-c", str(line.config), "--json")
    whats = [one["what"] for one in json.loads(done.stdout)["found"]]
    assert "the monitoring schedule's config is no JSON object, the configuration says the configuration" in whats


def test_run_now_starts_what_the_schedule_would_start(line: ScheduledLine) -> None:
    line.create_schedule()
    told("schedule", "run-now", "-c", str(line.config))
    told("schedule", "run-now", *line.named(), "--dataset-uri", "gs://b/f", "--force")
    first, second = line.runs()
    assert first.template_uri == second.template_uri != ""
    values = [dict(run.runtime_config.parameter_values) for run in (first, second)]
    assert [(one["trigger"], one["force"], one.get("dataset_uri")) for one in values] == [
        ("manual", "false", None),
        ("manual", "true", "gs://b/f"),
    ]
    assert values[0]["config"] == values[1]["config"]


def test_two_schedules_of_one_name_are_an_error_that_names_both(line: ScheduledLine) -> None:
    names = [line.create_schedule(), line.create_schedule()]
    done = call("schedule", "show", "-c", str(line.config))
    assert isinstance(done.exception, RetuneError)
    assert done.exception.code == "SCHEDULE-AMBIGUOUS"
    assert all(name.rpartition("/")[2] in done.exception.next_step for name in names)
