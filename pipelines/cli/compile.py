"""`retune compile`: writes the pipeline file that every place runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from components.errors import configuration_error
from components.image import IMAGE
from pipelines.cli.output import out
from pipelines.compiler import compile_promotion, compile_tuning, write_spec
from pipelines.config import SIDE_FILE, load_config


class Which(StrEnum):
    """The pipelines that can be compiled."""

    TUNING = "tuning"
    PROMOTION = "promotion"


def compile_pipeline(
    which: Annotated[Which, typer.Argument(help="Which pipeline.")] = Which.TUNING,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; tuning.yaml or promotion.yaml when not given.")
    ] = None,
    image: Annotated[str, typer.Option(help="Container image of the tasks, best with its digest.")] = IMAGE,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Configuration whose pipeline parameter is written too.")
    ] = None,
    parameter: Annotated[Path, typer.Option(help="Where that parameter goes.")] = Path("config.json"),
) -> None:
    """Compile the tuning pipeline, or that of promotions between environments, to one YAML file.

    With --config, the pipeline's `config` parameter is written as JSON as well, for a schedule to pass; its dataset
    must lie at gs:// addresses then.

    Example: retune compile --output tuning.yaml --image us-docker.pkg.dev/PROJECT/retune/retune@sha256:DIGEST
    """
    text = _parameter(config) if config else ""
    path = output or Path(f"{which.value}.yaml")
    write_spec(compile_tuning(image) if which is Which.TUNING else compile_promotion(image), path)
    out.print(f"wrote {path}")
    if config:
        parameter.write_text(text + "\n", encoding="utf-8")
        out.print(f"wrote {parameter}")


def _parameter(config: Path) -> str:
    settings = load_config(config)
    addresses = settings.files()
    for split, address in addresses.items():
        key = f"{'evaluation' if split == SIDE_FILE else 'dataset'}.{split}"
        if not address.startswith("gs://"):
            raise configuration_error(
                "CONFIG-LOCAL-FILE",
                "a schedule cannot read a file of this machine",
                f"put the file into the bucket and its gs:// address into {key}",
                f"{config}: {key}",
            )
    return settings.to_parameter(addresses)
