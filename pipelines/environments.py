"""What Terraform is told about an environment: its file of values, `TF_VAR_…` and the defaults of the root."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.errors import configuration_error
from components.gcp.schedules import Kind

LITERAL = r'("(?:[^"\\]|\\.)*"|true|false|null|-?[0-9.]+)[ \t]*(?:(?:#|//).*)?$'
"""Values of one line, all that a schedule is described with; Terraform writes them as JSON does."""


@dataclass(frozen=True)
class PlannedSchedule:
    """What the repository says about one of the two schedules, besides the configuration that it passes.

    Attributes:
        variable: Variable of the root that switches it on.
        file: The file of values that the variable is set in.
        expected: Whether there is to be such a schedule.
        active: Whether it is to start runs.
        cron: Five fields.
        time_zone: Time zone of the fields.
        start_time: No run before this time, RFC 3339; empty for at once.
        dataset_uri: `gs://` folder in place of the configured dataset; empty for none.
        template_uri: Address of the compiled pipeline; empty where a build chooses it.
        environment: The label of every run.
    """

    variable: str
    file: Path
    expected: bool
    active: bool
    cron: str
    time_zone: str
    start_time: str
    dataset_uri: str
    template_uri: str
    environment: str


@dataclass(frozen=True)
class Environment:
    """An environment as the repository describes it.

    Attributes:
        file: Its file of values.
        values: Value of each variable of the root; None where it has none or one that is not a single literal.
    """

    file: Path
    values: dict[str, Any]

    def schedule(self, kind: Kind) -> PlannedSchedule:
        """What `terraform/main.tf` gives the schedule of a kind."""
        own = "schedule" if kind == "tuning" else "monitoring"
        template_uri = self.values["template_uri" if kind == "tuning" else "monitoring_template_uri"]
        active = bool(self.values[f"{own}_active"])
        return PlannedSchedule(
            variable=f"{own}_active",
            file=self.file,
            # Release and promotion builds, which come with a repository, make both.
            expected=kind == "tuning" or active or bool(template_uri) or bool(self.values["repository"]),
            active=active,
            cron=str(self.values[f"{own}_cron"]),
            time_zone=str(self.values["schedule_time_zone"]),
            start_time=self.values["schedule_start_time"] or "",
            dataset_uri=self.values["dataset_uri"] or "",
            template_uri=template_uri or "",
            environment=str(self.values["environment"]),
        )


def environment_of(config_file: Path, project: str) -> Environment | None:
    """The environment whose schedules pass a configuration: that which names its file and its project.

    It is looked for in `terraform/environments/` of the folder that the configuration is in, and of those above it. A
    value that the file does not set is that of `TF_VAR_NAME` or the variable's default, as Terraform has it.

    Args:
        config_file: The configuration.
        project: Its `cloud.project`.

    Returns:
        None where no environment names the file, as before the first schedule.

    Raises:
        RetuneError: `CONFIG-ENVIRONMENT`, a value is not written as Terraform wants it.
    """
    path = config_file.resolve()
    for folder in path.parents:
        for file in sorted((folder / "terraform" / "environments").glob("*.tfvars")):
            set_here = _literals(file, r"^(\w+)[ \t]*=[ \t]*")
            named = str(set_here.get("config_file") or "")
            if named and (folder / named).resolve() == path and set_here.get("project_id") == project:
                return Environment(file, _defaults(folder / "terraform") | _from_shell() | set_here)
    return None


def _literals(file: Path, start: str) -> dict[str, Any]:
    text = file.read_text(encoding="utf-8")
    try:
        return {name: json.loads(value) for name, value in re.findall(start + LITERAL, text, re.MULTILINE)}
    except ValueError as error:
        raise configuration_error(
            "CONFIG-ENVIRONMENT",
            f"a value cannot be read: {error}",
            "write it as `terraform validate` accepts it",
            str(file),
        ) from error


def _defaults(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for file in sorted(root.glob("variables*.tf")):
        found |= dict.fromkeys(re.findall(r'^variable "(\w+)"', file.read_text(encoding="utf-8"), re.MULTILINE))
        found |= _literals(file, r'^variable "(\w+)" \{$(?:\n(?!\}).*)*?\n  default[ ]*=[ ]*')
    return found


def _from_shell() -> dict[str, Any]:
    """What Terraform takes from its environment; the variables that are read here from there are all texts."""
    given = {name.removeprefix("TF_VAR_"): value for name, value in os.environ.items() if name.startswith("TF_VAR_")}
    return {
        name: value
        for name, value in given.items()
        if name in ("template_uri", "monitoring_template_uri", "repository")
    }
