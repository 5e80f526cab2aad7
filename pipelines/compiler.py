"""Compiles the pipelines to the one file that every place runs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import yaml

from components.errors import configuration_error
from components.image import IMAGE
from pipelines.vertex_mail import LABEL, has_mail

KFP_START = "_KFP_RUNTIME=true python3 -m kfp.dsl.executor_main"
"""How kfp 2.17 starts a task: as a child of its shell, which passes no signal on."""
START = "export _KFP_RUNTIME=true\nexec ${RETUNE_INIT-} python3 -m kfp.dsl.executor_main"
"""The shell becomes the task, under the image's init: a first process without one ignores SIGTERM that it does not
handle, and a cancelled run would go on being paid for."""
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""That of libyaml where PyYAML has it: a tenth of the time. Files are written without it: their bytes never differ."""
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


def compile_monitoring(image: str = IMAGE) -> dict[str, Any]:
    """The compiled pipeline that watches what serves; see `compile_tuning`."""
    from pipelines.monitoring import monitoring

    return _compile(monitoring, image)


def _compile(pipeline: Any, image: str) -> dict[str, Any]:
    from kfp import compiler

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pipeline.yaml")
        compiler.Compiler().compile(pipeline, str(path))
        spec = read_spec(path)
    for executor in spec["deploymentSpec"]["executors"].values():
        container = executor["container"]
        container["image"] = image
        assert KFP_START in container["command"][2], "kfp starts tasks in another way; see START"
        container["command"][2] = container["command"][2].replace(KFP_START, START)
    return spec


def images(spec: dict[str, Any]) -> set[str]:
    """The container images of a compiled pipeline's tasks; the mail, which the service itself sends, runs in none."""
    executors = spec["deploymentSpec"]["executors"]
    return {executor["container"]["image"] for label, executor in executors.items() if label != LABEL}


def has_image(spec: dict[str, Any]) -> bool:
    """Whether the tasks name a real image, so that the cloud can run them."""
    return IMAGE not in images(spec)


def check_place(spec: dict[str, Any], *, local: bool, named: str) -> None:
    """Refuse a compiled pipeline that cannot run where it is to run.

    Args:
        spec: The compiled pipeline.
        local: Whether that is local Vertex.
        named: The file or option that it comes from.

    Raises:
        RetuneError: `CONFIG-IMAGE`, the cloud needs an image; `CONFIG-MAIL`, only the cloud sends mail.
    """
    if local and has_mail(spec):
        raise configuration_error(
            "CONFIG-MAIL",
            "this pipeline sends mail through Vertex AI, and runs nowhere else",
            "compile it without --email to run it locally",
            named,
        )
    if not local and not has_image(spec):
        raise configuration_error(
            "CONFIG-IMAGE",
            "the compiled pipeline names no container image, which the cloud needs",
            "give --pipeline a file of `retune compile --image …` or a stored template, or run with --local",
            named,
        )


def write_spec(spec: dict[str, Any], path: Path) -> None:
    """Write a compiled pipeline as YAML."""
    path.write_text(HEADER + yaml.safe_dump(spec, sort_keys=True, width=120), encoding="utf-8")


def read_spec(path: Path) -> dict[str, Any]:
    """The compiled pipeline of a file."""
    spec: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - a safe loader
    return spec


def read_pipeline(path: Path) -> dict[str, Any]:
    """The compiled pipeline of a file that a user names.

    Raises:
        RetuneError: `CONFIG-PIPELINE`, the file cannot be read or is no compiled pipeline.
    """
    try:
        spec = read_spec(path)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise configuration_error(
            "CONFIG-PIPELINE", "the compiled pipeline cannot be read", "write it with `retune compile`", str(path)
        ) from error
    if not isinstance(spec, dict) or not {"pipelineInfo", "deploymentSpec", "root"} <= spec.keys():
        raise configuration_error(
            "CONFIG-PIPELINE", "the file is no compiled pipeline", "write it with `retune compile`", str(path)
        )
    return spec
