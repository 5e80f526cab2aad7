"""The parts of a run's configuration that planning reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from components.base_models.facts import BaseModelFacts
from components.base_models.resolved import base_models
from components.gcp.cloud_settings import CloudSettings
from components.run_planning.settings import TuningSettings
from components.settings import read_section


@dataclass(frozen=True)
class RunConfiguration:
    """What planning needs to know of the configuration.

    Attributes:
        tuning: The `tuning` section.
        cloud: The `cloud` section.
        catalogue: Facts of the base models that the candidates name.
        rules: The `evaluation` and `gate` sections, by name.
    """

    tuning: TuningSettings
    cloud: CloudSettings
    catalogue: dict[str, BaseModelFacts]
    rules: dict[str, dict[str, Any]]

    @property
    def most_test_rows(self) -> int | None:
        """`evaluation.max_rows`."""
        found: int | None = self.rules["evaluation"].get("max_rows")
        return found


def read_configuration(config: str) -> RunConfiguration:
    """The configuration of the pipeline's `config` parameter."""
    # Terraform writes 1.0 as 1: a schedule and the command line must ask the same question.
    sections = json.loads(config, parse_float=_number)
    return RunConfiguration(
        tuning=read_section(config, "tuning", TuningSettings),
        cloud=read_section(config, "cloud", CloudSettings),
        catalogue=base_models(config),
        rules={"evaluation": sections.get("evaluation", {}), "gate": sections.get("gate", {})},
    )


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() else value
