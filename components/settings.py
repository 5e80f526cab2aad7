"""What the sections of the configuration have in common, and how a step reads its own."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter


class Settings(BaseModel):
    """Base of a configuration section: unknown keys are refused, values do not change.

    Sections that dataset commands need without a configuration are plain dataclasses with `Bounds` instead, because
    pydantic takes longer to import than those commands should take; they are read like all others.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


Section = TypeVar("Section")


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
    return read_settings(section, json.loads(config).get(key, {}))


def read_settings(kind: type[Section], values: Any) -> Section:
    """Settings from what JSON or YAML says; the kind is a settings class, or a dictionary of such.

    Raises:
        pydantic.ValidationError: A key is unknown or missing, or a value is not of its type or out of bounds.
    """
    return TypeAdapter(kind).validate_python(values, extra="forbid")
