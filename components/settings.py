"""How a step reads its part of the run configuration."""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Base of every configuration section: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


Section = TypeVar("Section", bound=Settings)


def read_section(config: str, key: str, section: type[Section]) -> Section:
    """One section of the run configuration; what it leaves out has its default.

    Args:
        config: The run configuration as JSON text, the pipeline's `config` parameter.
        key: The section's name at the top level.
        section: The settings class that describes it.

    Returns:
        The validated settings. The pipeline was submitted with a configuration that `pipelines.config`
        had checked, so a failure here is a version mismatch between submitter and image.
    """
    return section.model_validate(json.loads(config).get(key, {}))
