"""What `retune doctor` finds out about the schedules of a configuration."""

from __future__ import annotations

from pathlib import Path

from components.endpoint_deployment.drift import Finding
from components.errors import RetuneError
from components.gcp.schedules import Kind
from pipelines.config import Config
from pipelines.environments import Environment, environment_of
from pipelines.schedules import check_schedule

ONLY_TERRAFORMS = "cron, time zone, start time, state, dataset_uri and template"


def schedule_findings(config_file: Path, settings: Config) -> tuple[list[Finding], list[str]]:
    """Compare both live schedules with the repository.

    Args:
        config_file: The configuration's file, by which its environment is found.
        settings: The configuration.

    Returns:
        One finding for each difference, a missing schedule among them; and what was not compared, in sentences.

    Raises:
        RetuneError: `CONFIG-ENVIRONMENT`; `SERVICE-…`.
    """
    environment = environment_of(config_file, settings.cloud.project)
    found: list[Finding] = []
    remarks: list[str] = []
    for kind in ("tuning", "monitoring"):
        try:
            found += _findings(settings, kind, environment)
        except RetuneError as error:
            if error.code not in ("SCHEDULE-MISSING", "SCHEDULE-AMBIGUOUS"):
                raise
            planned = environment.schedule(kind) if environment else None
            if error.code == "SCHEDULE-AMBIGUOUS" or (planned and planned.expected):
                found.append(Finding(error.code, error.message, error.next_step, None))
            else:
                remarks.append(f"{error.message}, and no environment of the repository asks for it")
            continue
        if environment is None:
            remarks.append(
                f"{_whose(kind)} {ONLY_TERRAFORMS} were not compared: "
                f"no file of terraform/environments names {config_file.name} and {settings.cloud.project}"
            )
    return found, remarks


def _findings(settings: Config, kind: Kind, environment: Environment | None) -> list[Finding]:
    differences = check_schedule(settings, kind, environment.schedule(kind) if environment else None)
    return [
        Finding(
            "SCHEDULE-DIFFERS",
            f"{_whose(kind)} {one.key} is {one.live}, the repository says {one.repository}",
            one.next_step,
            None,
        )
        for one in differences
    ]


def _whose(kind: Kind) -> str:
    return "the schedule's" if kind == "tuning" else f"the {kind} schedule's"
