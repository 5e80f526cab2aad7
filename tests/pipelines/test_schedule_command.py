"""`retune schedule`: what it shows, changes and starts."""

from __future__ import annotations

from components.errors import RetuneError
from tests.pipelines.schedule_lines import ScheduledLine, call, told


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
    watching = line.create_schedule("monitoring")
    assert told("schedule", "resume", *words)["name"] == watching
    assert told("schedule", "show", "-c", str(line.config))["state"] == "PAUSED"
    shown = told("schedule", "show", *words)
    assert (shown["state"], shown["differences"]) == ("ACTIVE", [])
    assert told("schedule", "pause", *words)["was"] == "ACTIVE"


def test_run_now_starts_a_watch(line: ScheduledLine) -> None:
    line.create_schedule()
    line.create_schedule("monitoring")
    words = ("schedule", "run-now", "-c", str(line.config), "--monitoring")
    told(*words, "--dataset-uri", "gs://b/f")
    (run,) = line.runs()
    assert run.name.rpartition("/")[2].startswith("line-watch-")
    assert "/retune-monitoring/" in run.template_uri
    assert run.runtime_config.parameter_values.keys() == {"config", "dataset_uri"}
    assert run.runtime_config.parameter_values["dataset_uri"] == "gs://b/f"
    refused = call(*words, "--force")
    assert isinstance(refused.exception, RetuneError)
    assert refused.exception.code == "CONFIG-FORCE"
    assert len(line.runs()) == 1


def test_run_now_starts_what_the_schedule_would_start(line: ScheduledLine) -> None:
    line.create_schedule()
    told("schedule", "run-now", "-c", str(line.config))
    told("schedule", "run-now", *line.named(), "--dataset-uri", "gs://b/f", "--force")
    first, second = line.runs()
    assert first.template_uri == second.template_uri != ""
    values = [dict(run.runtime_config.parameter_values) for run in (first, second)]
    assert [(one["trigger"], one["force"], one.get("dataset_uri")) for one in values] == [
        ("manual", "false", ""),
        ("manual", "true", "gs://b/f"),
    ]
    assert values[0]["config"] == values[1]["config"]


def test_two_schedules_of_one_name_are_an_error_that_names_both(line: ScheduledLine) -> None:
    names = [line.create_schedule(), line.create_schedule()]
    done = call("schedule", "show", "-c", str(line.config))
    assert isinstance(done.exception, RetuneError)
    assert done.exception.code == "SCHEDULE-AMBIGUOUS"
    assert all(name.rpartition("/")[2] in done.exception.next_step for name in names)
