"""The schedule of a model line: found by its name, compared with the repository."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from components.gcp.schedules import Kind, Schedule, Schedules, find_schedule
from pipelines.config import Config

PINNED = re.compile(r".+/(sha256:[0-9a-f]{64}|[0-9a-f]{40}|v[0-9]+(\.[0-9]+){2})")
"""Versions that do not move, as `terraform/modules/schedule` demands them: digest, commit or release."""
SECTIONS_WITHOUT_VALUES = ("notification",)
"""May hold addresses that let anybody post."""
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


def check_schedule(config: Config, kind: Kind = "tuning") -> list[Difference]:
    """Where the live schedule of a configuration differs from the repository; empty when it does not.

    Args:
        config: The configuration.
        kind: Which of the two schedules.

    Raises:
        RetuneError: `SCHEDULE-MISSING` or `SCHEDULE-AMBIGUOUS`; `SERVICE-…`.
    """
    schedule = find_schedule(Schedules(config.cloud.project, config.cloud.location), config.name, kind)
    return differences(schedule, config, kind)


def differences(schedule: Schedule, config: Config, kind: Kind = "tuning") -> list[Difference]:
    """Where a schedule differs from a configuration and from what Terraform sets; empty when it does not."""
    return [*_of_request(schedule, config, kind), *_of_configuration(schedule, config)]


def _of_request(schedule: Schedule, config: Config, kind: Kind) -> Iterator[Difference]:
    if not PINNED.fullmatch(schedule.template_uri):
        live = schedule.template_uri or "a pipeline of its own"
        yield Difference("template_uri", live, "a template by digest, commit or version")
    cloud = config.cloud
    if cloud.service_account and schedule.service_account != cloud.service_account:
        yield Difference("service_account", schedule.service_account or "the project's default", cloud.service_account)
    if not f"{schedule.pipeline_root}/".startswith(f"gs://{cloud.bucket}/"):
        yield Difference("pipeline_root", schedule.pipeline_root, f"a folder of gs://{cloud.bucket}")
    if schedule.max_active_runs != 1:
        yield Difference("max_concurrent_active_run_count", str(schedule.max_active_runs or "not limited"), "1")
    if schedule.allow_queueing:
        yield Difference("allow_queueing", "true", "false")
    for key, wanted in (("trigger", "schedule"), ("force", "false")) if kind == "tuning" else ():
        live = schedule.parameters.get(key, "")
        if live != wanted:
            yield Difference(key, live or "not set", wanted)


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
    base_models = {name: facts.model_dump(mode="json") for name, facts in config.candidate_models().items()}
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
