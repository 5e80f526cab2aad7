"""`retune doctor` and `retune schedule show`: where the live schedules are not what the repository says."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
import yaml

from components.errors import RetuneError
from components.gcp.schedules import Kind
from components.gcp.template_registry import TemplateRegistry
from pipelines.config import load_config
from pipelines.environments import environment_of
from pipelines.schedules import APPLY, check_schedule
from tests.pipelines.schedule_lines import ScheduledLine, call, told

ACCOUNT = "pipeline@other.iam.gserviceaccount.com"
KEYS = "projects/p/locations/us-central1/keyRings/retune/cryptoKeys"
MONDAY = datetime.datetime(2032, 3, 1, tzinfo=datetime.UTC)


def differing(line: ScheduledLine, kind: Kind = "tuning") -> dict[str, tuple[str, str]]:
    environment = environment_of(line.config, line.project)
    planned = environment.schedule(kind) if environment else None
    return {one.key: (one.live, one.repository) for one in check_schedule(load_config(line.config), kind, planned)}


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


def test_a_configuration_without_its_defaults_means_the_same(line: ScheduledLine) -> None:
    plain = json.dumps(yaml.safe_load(line.config.read_text(encoding="utf-8")))
    line.create_schedule(parameters={"config": plain})
    assert differing(line) == {}


BOTH = pytest.mark.parametrize("kind", ["tuning", "monitoring"])
CHANGES: list[tuple[dict[str, Any], str, str]] = [
    ({"cron": "CRON_TZ=Europe/Rome 0 4 * * 1"}, "cron", "0 4 * * 1"),
    ({"cron": "CRON_TZ=Etc/UTC {cron}"}, "time_zone", "Etc/UTC"),
    ({"cron": "{cron}"}, "time_zone", "not set"),
    ({"state": "ACTIVE"}, "state", "ACTIVE"),
    ({"end_time": MONDAY}, "end_time", MONDAY.isoformat()),
    ({"max_run_count": 9}, "max_run_count", "9"),
    ({"max_concurrent_run_count": 2}, "max_concurrent_run_count", "2"),
    ({"max_concurrent_active_run_count": 3}, "max_concurrent_active_run_count", "3"),
    ({"allow_queueing": True}, "allow_queueing", "true"),
    ({"failure_policy": "PIPELINE_FAILURE_POLICY_FAIL_SLOW"}, "failure_policy", "PIPELINE_FAILURE_POLICY_FAIL_SLOW"),
    ({"network": "projects/1/global/networks/n"}, "network", "projects/1/global/networks/n"),
    ({"service_account": "default@x.iam.gserviceaccount.com"}, "service_account", "default@x.iam.gserviceaccount.com"),
    ({"encryption_spec": {"kms_key_name": f"{KEYS}/other"}}, "kms_key", f"{KEYS}/other"),
    ({"gcs_output_directory": "gs://elsewhere/pipeline_root"}, "pipeline_root", "gs://elsewhere/pipeline_root"),
    ({"labels": {"environment": "dev", "managed-by": "terraform"}}, "labels.retune-name", "not set"),
    (
        {"labels": {"environment": "prod", "managed-by": "terraform", "retune-name": "line"}},
        "labels.environment",
        "prod",
    ),
    ({"parameters": {"dataset_uri": "gs://b/f"}}, "dataset_uri", "gs://b/f"),
    ({"parameters": {"config": "[]"}}, "config", "no JSON object"),
]


@BOTH
@pytest.mark.parametrize(("changes", "key", "live"), CHANGES, ids=[key for _, key, _ in CHANGES])
def test_every_field_that_the_repository_decides_is_compared(
    line: ScheduledLine, kind: Kind, changes: dict[str, Any], key: str, live: str
) -> None:
    line.write_environment()
    line.write_config(cloud=line.cloud(service_account=ACCOUNT, kms_key=f"{KEYS}/data"))
    made = {"service_account": ACCOUNT, "encryption_spec": {"kms_key_name": f"{KEYS}/data"}, **changes}
    if "cron" in made:
        made["cron"] = made["cron"].format(cron="0 3 * * 1" if kind == "tuning" else "0 5 * * *")
    line.create_schedule(kind, **made)
    assert {key: found[0] for key, found in differing(line, kind).items()} == {key: live}


@pytest.mark.parametrize(
    ("parameters", "key", "both"),
    [
        ({"trigger": "manual"}, "trigger", ("manual", "schedule")),
        ({"force": "true"}, "force", ("true", "false")),
    ],
)
def test_a_parameter_of_the_tuning_pipeline_is_compared(
    line: ScheduledLine, parameters: dict[str, str], key: str, both: tuple[str, str]
) -> None:
    line.create_schedule(parameters=parameters)
    assert differing(line) == {key: both}


@BOTH
def test_what_the_environment_says_is_what_terraform_would_set(line: ScheduledLine, kind: Kind) -> None:
    own = "schedule" if kind == "tuning" else "monitoring"
    values = {
        f"{own}_active": True,
        f"{own}_cron": "30 1 * * 2",
        "schedule_time_zone": "Asia/Tokyo",
        "schedule_start_time": "2032-03-01T09:00:00+09:00",
        "dataset_uri": "gs://b/f",
        "template_uri" if kind == "tuning" else "monitoring_template_uri": line.upload_template(kind),
    }
    line.write_environment(**values)
    line.create_schedule(kind)
    found = differing(line, kind)
    assert found.pop("start_time")[1] == "2032-03-01T09:00:00+09:00"
    assert found == {
        "cron": ("0 3 * * 1" if kind == "tuning" else "0 5 * * *", "30 1 * * 2"),
        "time_zone": ("Europe/Rome", "Asia/Tokyo"),
        "state": ("PAUSED", "ACTIVE"),
        "dataset_uri": ("not set", "gs://b/f"),
    }


def test_an_environment_may_get_its_template_from_the_shell(
    line: ScheduledLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.write_environment()
    line.create_schedule()
    other = line.upload_template().rpartition("/")[0] + "/v2.0.0"
    monkeypatch.setenv("TF_VAR_template_uri", other)
    assert differing(line)["template_uri"][1] == other


def test_a_template_of_another_project_is_a_difference(line: ScheduledLine) -> None:
    uri = line.upload_template()
    other = TemplateRegistry(uri.rsplit("/", 2)[0].replace(line.project, "other")).upload(
        line.folder / "tuning.yaml", ["v1.0.0"]
    )
    line.create_schedule(template_uri=other)
    assert differing(line) == {"template_uri": (other, f"a version of {uri.rpartition('/')[0]}/")}


def test_doctor_says_where_the_schedules_differ_and_what_to_do(line: ScheduledLine) -> None:
    line.write_environment(monitoring_active=True)
    line.create_schedule()
    line.create_schedule("monitoring")
    line.write_config(tuning={"candidates": [{"base_model": "gemini-2.5-flash", "epochs": 1}], "budget_usd": 25})
    result = call("doctor", "-c", str(line.config), "--json", "--fix", "--yes")
    assert result.exit_code == 5
    said = json.loads(result.stdout)
    assert {(one["code"], one["repairable"]) for one in said["left"]} == {("SCHEDULE-DIFFERS", False)}
    assert {one["what"]: one["fix"] for one in said["left"]} == {
        "the schedule's config.tuning.budget_usd is 10.0, the repository says 25.0": APPLY,
        "the monitoring schedule's config.tuning.budget_usd is 10.0, the repository says 25.0": APPLY,
        "the monitoring schedule's state is PAUSED, the repository says ACTIVE": (
            "run `retune schedule resume --monitoring`, or set monitoring_active = false in dev.tfvars and apply"
        ),
    }
    assert said["remarks"] == []
    told("schedule", "resume", "--monitoring", "-c", str(line.config))
    line.write_config()
    assert "endpoint and schedules agree" in call("doctor", "-c", str(line.config)).stdout


def test_doctor_misses_the_schedules_that_the_repository_asks_for(line: ScheduledLine) -> None:
    line.write_environment(repository="projects/p/locations/l/connections/c/repositories/r")
    result = call("doctor", "-c", str(line.config))
    assert result.exit_code == 5
    assert "SCHEDULE-MISSING  there is no schedule retune-line\n" in result.stdout
    assert "SCHEDULE-MISSING  there is no schedule retune-line monitoring\n" in result.stdout
    assert "with monitoring_template_uri set" in result.stdout
    assert "agree" not in result.stdout
    line.create_schedule()
    line.create_schedule("monitoring")
    assert told("doctor", "-c", str(line.config)) == {
        "found": [], "left": [], "remarks": [], "repaired": False, "rollout": None,
    }  # fmt: skip
    line.create_schedule()
    (found,) = json.loads(call("doctor", "-c", str(line.config), "--json").stdout)["found"]
    assert found["code"] == "SCHEDULE-AMBIGUOUS"


def test_doctor_says_what_it_could_not_compare(line: ScheduledLine) -> None:
    said = told("doctor", "-c", str(line.config))
    assert said["found"] == []
    assert said["remarks"] == [
        "there is no schedule retune-line, and no environment of the repository asks for it",
        "there is no schedule retune-line monitoring, and no environment of the repository asks for it",
    ]
    line.create_schedule(cron="0 4 * * *")
    shown = call("doctor", "-c", str(line.config)).stdout
    assert "ledger, registry and endpoint agree" in shown
    assert "schedule's cron, time zone, start time, state, dataset_uri and template were not compared" in shown


def test_a_value_that_terraform_would_not_read_is_an_error(line: ScheduledLine) -> None:
    line.write_environment().open("a", encoding="utf-8").write('schedule_cron = "0 \\q"\n')
    failed = call("doctor", "-c", str(line.config))
    assert isinstance(failed.exception, RetuneError)
    assert failed.exception.code == "CONFIG-ENVIRONMENT"


def test_a_tag_that_moves_an_account_and_a_bucket_are_differences(line: ScheduledLine) -> None:
    by_digest = line.upload_template()
    TemplateRegistry(by_digest.rsplit("/", 2)[0]).upload(line.folder / "tuning.yaml", ["latest"])
    line.create_schedule(template_uri=by_digest.rsplit("/", 1)[0] + "/latest")
    line.write_config(cloud=line.cloud(bucket="elsewhere", service_account=ACCOUNT))
    found = differing(line)
    assert found["template_uri"][0].endswith("/latest")
    assert found["service_account"] == ("the project's default", ACCOUNT)
    assert found["pipeline_root"][1] == "gs://elsewhere/pipeline_root"


def test_what_may_be_secret_is_not_shown(line: ScheduledLine) -> None:
    line.write_config(notification={"webhook": "https://hooks.example.com/secret-1"})
    line.create_schedule()
    line.write_config(notification={"webhook": "https://hooks.example.com/secret-2"})
    assert differing(line) == {"config.notification.webhook": ("hidden", "hidden")}
