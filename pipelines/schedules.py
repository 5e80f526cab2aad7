"""The schedule of a model line: found by its name, compared with the repository."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from components.gcp.schedules import Kind, Schedule, Schedules, find_schedule
from components.gcp.template_registry import PINNED
from pipelines.config import Config
from pipelines.environments import PlannedSchedule

SECTIONS_WITHOUT_VALUES = ("notification",)
"""May hold addresses that let anybody post."""
FAIL_FAST = "PIPELINE_FAILURE_POLICY_FAIL_FAST"
APPLY = "apply Terraform with what the repository says, or change the repository"


@dataclass(frozen=True)
class Difference:
    """One place where the live schedule is not what the repository says.

    Attributes:
        key: What differs: a field of the schedule, or `config.` and a key of the configuration.
        live: The schedule's value; `hidden` where it may be a secret.
        repository: The repository's value, or what is demanded; `hidden` likewise.
        next_step: What to do about it.
    """

    key: str
    live: str
    repository: str
    next_step: str = APPLY


def check_schedule(config: Config, kind: Kind, planned: PlannedSchedule | None) -> list[Difference]:
    """Where the live schedule of a configuration differs from the repository; empty when it does not.

    Args:
        config: The configuration.
        kind: Which of the two schedules.
        planned: From `environments.Environment.schedule`; None where no environment names the configuration.

    Raises:
        RetuneError: `SCHEDULE-MISSING` or `SCHEDULE-AMBIGUOUS`; `SERVICE-…`.
    """
    schedule = find_schedule(Schedules(config.cloud.project, config.cloud.location), config.name, kind)
    return differences(schedule, config, kind, planned)


def differences(schedule: Schedule, config: Config, kind: Kind, planned: PlannedSchedule | None) -> list[Difference]:
    """Where a schedule differs from a configuration and from what Terraform sets; empty when it does not."""
    return [
        *_of_times(schedule, kind, planned),
        *_of_limits(schedule),
        *_of_request(schedule, config, kind, planned),
        *_of_parameters(schedule, kind, planned),
        *_of_configuration(schedule, config),
    ]


def _of_times(schedule: Schedule, kind: Kind, planned: PlannedSchedule | None) -> Iterator[Difference]:
    """When it starts runs: what an environment's file of values says, and that it has no end."""
    if schedule.end_time:
        yield Difference("end_time", schedule.end_time.isoformat(), "none")
    if schedule.max_runs:
        yield Difference("max_run_count", str(schedule.max_runs), "not limited")
    if planned is None:
        return
    zone, _, cron = schedule.cron.removeprefix("CRON_TZ=").partition(" ")
    if not schedule.cron.startswith("CRON_TZ="):
        zone, cron = "not set", schedule.cron
    if cron != planned.cron:
        yield Difference("cron", cron, planned.cron)
    if zone != planned.time_zone:
        yield Difference("time_zone", zone, planned.time_zone)
    starts = schedule.start_time
    if planned.start_time and starts != datetime.datetime.fromisoformat(planned.start_time):
        yield Difference("start_time", starts.isoformat() if starts else "none", planned.start_time)
    wanted = "ACTIVE" if planned.active else "PAUSED"
    if schedule.state != wanted:
        command = (
            f"retune schedule {'resume' if planned.active else 'pause'}{'' if kind == 'tuning' else ' --monitoring'}"
        )
        value = "false" if planned.active else "true"
        next_step = f"run `{command}`, or set {planned.variable} = {value} in {planned.file.name} and apply"
        yield Difference("state", schedule.state, wanted, next_step)


def _of_limits(schedule: Schedule) -> Iterator[Difference]:
    """What `terraform/modules/schedule` fixes for every schedule."""
    if schedule.max_starting_runs != 1:
        yield Difference("max_concurrent_run_count", str(schedule.max_starting_runs), "1")
    if schedule.max_active_runs != 1:
        yield Difference("max_concurrent_active_run_count", str(schedule.max_active_runs or "not limited"), "1")
    if schedule.allow_queueing:
        yield Difference("allow_queueing", "true", "false")
    if schedule.failure_policy != FAIL_FAST:
        yield Difference("failure_policy", schedule.failure_policy, FAIL_FAST)
    if schedule.network:
        yield Difference("network", schedule.network, "none")


def _of_request(
    schedule: Schedule, config: Config, kind: Kind, planned: PlannedSchedule | None
) -> Iterator[Difference]:
    yield from _of_template(schedule, config, kind, planned.template_uri if planned else "")
    cloud = config.cloud
    if cloud.service_account and schedule.service_account != cloud.service_account:
        yield Difference("service_account", schedule.service_account or "the project's default", cloud.service_account)
    if schedule.kms_key != cloud.kms_key:
        yield Difference("kms_key", schedule.kms_key or "none", cloud.kms_key or "none")
    root = f"gs://{cloud.bucket}/pipeline_root"
    if schedule.pipeline_root != root:
        yield Difference("pipeline_root", schedule.pipeline_root, root)
    wanted = {"retune-name": config.name}
    if planned:
        wanted |= {"environment": planned.environment, "managed-by": "terraform"}
    for label, value in wanted.items():
        live = schedule.labels.get(label, "not set")
        if live != value:
            yield Difference(f"labels.{label}", live, value)


def _of_template(schedule: Schedule, config: Config, kind: Kind, planned: str) -> Iterator[Difference]:
    live = schedule.template_uri or "a pipeline of its own"
    package = f"https://{config.cloud.location}-kfp.pkg.dev/{config.cloud.project}/retune-pipelines/retune-{kind}/"
    if planned and schedule.template_uri != planned:
        yield Difference("template_uri", live, planned)
    elif not PINNED.fullmatch(schedule.template_uri):
        yield Difference("template_uri", live, "a template by digest, commit or version")
    elif not schedule.template_uri.startswith(package):
        yield Difference("template_uri", live, f"a version of {package}")


def _of_parameters(schedule: Schedule, kind: Kind, planned: PlannedSchedule | None) -> Iterator[Difference]:
    """All but the configuration, which is compared key by key."""
    wanted = {"trigger": "schedule", "force": "false"} if kind == "tuning" else {}
    if planned:
        wanted["dataset_uri"] = planned.dataset_uri
    for key, value in wanted.items():
        live = schedule.parameters.get(key, "")
        if live != value:
            yield Difference(key, live or "not set", value or "not set")


def _of_configuration(schedule: Schedule, config: Config) -> Iterator[Difference]:
    wanted = _filled(config)
    try:
        live = json.loads(schedule.parameters.get("config", ""))
    except ValueError:
        live = None
    if not isinstance(live, dict):
        yield Difference("config", "no JSON object", "the configuration")
        return
    for key, one, other in _unequal(_with_defaults(live), wanted, ""):
        hidden = key.split(".")[0] in SECTIONS_WITHOUT_VALUES
        shown = ("hidden", "hidden") if hidden else (_shown(one), _shown(other))
        yield Difference(f"config.{key}", *shown)


def _with_defaults(live: dict[str, Any]) -> dict[str, Any]:
    """The schedule's configuration with every default filled in, so that only what means something else differs."""
    try:
        return _filled(Config.model_validate_json(json.dumps(live), strict=True))
    except (ValidationError, KeyError):
        return live  # of another version of Retune: compared as it is


def _filled(config: Config) -> dict[str, Any]:
    base_models = {name: facts.to_dict() for name, facts in config.candidate_models().items()}
    return {**config.model_dump(mode="json"), "base_models": base_models}


_ABSENT = object()


def _unequal(live: Any, wanted: Any, at: str) -> Iterator[tuple[str, Any, Any]]:
    """Key, live and wanted value of every leaf that differs, in the order of the keys."""
    if isinstance(live, dict) and isinstance(wanted, dict):
        for key in sorted(live.keys() | wanted.keys()):
            path = f"{at}.{key}" if at else key
            yield from _unequal(live.get(key, _ABSENT), wanted.get(key, _ABSENT), path)
    elif isinstance(live, list) and isinstance(wanted, list) and len(live) == len(wanted):
        for number, (one, other) in enumerate(zip(live, wanted, strict=True)):
            yield from _unequal(one, other, f"{at}[{number}]")
    elif live != wanted:
        yield at, live, wanted


def _shown(value: Any) -> str:
    return "not set" if value is _ABSENT else json.dumps(value)[:200]
