"""Compiles the pipelines to the one file that every place runs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import yaml

from components.image import IMAGE

HEADER = "# Compiled by `retune compile`; the local run, the tests, Cloud Build and the schedule use this very file.\n"


def compile_tuning(image: str = IMAGE) -> dict[str, Any]:
    """The compiled tuning pipeline.

    Args:
        image: Container image of all tasks, best with its digest. Running locally, the image is not used.

    Returns:
        The pipeline spec as a JSON object; the same for the same code and image.
    """
    from pipelines.tuning import tuning

    return _compile(tuning, image)


def compile_promotion(image: str = IMAGE) -> dict[str, Any]:
    """The compiled pipeline of promotions between environments; see `compile_tuning`."""
    from pipelines.promotion import promotion

    return _compile(promotion, image)


def _compile(pipeline: Any, image: str) -> dict[str, Any]:
    from kfp import compiler

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pipeline.yaml")
        compiler.Compiler().compile(pipeline, str(path))
        spec: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for executor in spec["deploymentSpec"]["executors"].values():
        executor["container"]["image"] = image
    return spec


def has_image(spec: dict[str, Any]) -> bool:
    """Whether the tasks name a real image, so that the cloud can run them."""
    return all(executor["container"]["image"] != IMAGE for executor in spec["deploymentSpec"]["executors"].values())


def write_spec(spec: dict[str, Any], path: Path) -> None:
    """Write a compiled pipeline as YAML."""
    path.write_text(HEADER + yaml.safe_dump(spec, sort_keys=True, width=120), encoding="utf-8")


def read_spec(path: Path) -> dict[str, Any]:
    """The compiled pipeline of a file."""
    spec: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return spec
