"""The catalogue of base models, extended by the user's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from components.base_models.facts import BaseModelFacts


@cache
def built_in_catalogue() -> dict[str, dict[str, Any]]:
    """The entries of `base_models.yaml`, by base model."""
    text = Path(__file__).with_name("base_models.yaml").read_text(encoding="utf-8")
    # The loader in C reads the file in a tenth of the time, which every command waits for.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    entries: dict[str, dict[str, Any]] = yaml.load(text, Loader=loader)["base_models"]  # noqa: S506 - a safe loader
    return entries


def catalogue(extensions: Mapping[str, Any]) -> dict[str, BaseModelFacts]:
    """Facts by base model: the built-in entries with the user's on top, key by key.

    Args:
        extensions: The configuration's `base_models`: new entries, or changes to built-in ones.

    Raises:
        pydantic.ValidationError: An entry is incomplete or has unknown keys.
    """
    built_in = built_in_catalogue()
    known = {name: msgspec.convert(entry, BaseModelFacts) for name, entry in built_in.items()}
    if extensions:
        # Imported here because it takes long: most commands need the built-in entries only, which a test checks.
        from components.settings import read_settings

        merged = {name: _merge(built_in.get(name, {}), entry) for name, entry in extensions.items()}
        known |= read_settings(dict[str, BaseModelFacts], merged)
    return known


def _merge(below: Any, above: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {**below, **{key: _merge(below.get(key), value) for key, value in above.items()}}
