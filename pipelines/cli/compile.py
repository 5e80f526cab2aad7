"""`retune compile`: writes the pipeline file that every place runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from components.errors import configuration_error
from components.image import IMAGE
from components.notification.settings import MOST_MAILED, NotificationSettings
from pipelines.cli.output import out
from pipelines.compiler import compile_monitoring, compile_promotion, compile_tuning, write_spec
from pipelines.config import SIDE_FILE, Config, load_config
from pipelines.vertex_mail import with_mail


class Which(StrEnum):
    """The pipelines that can be compiled."""

    TUNING = "tuning"
    PROMOTION = "promotion"
    MONITORING = "monitoring"


COMPILERS = {
    Which.TUNING: compile_tuning,
    Which.PROMOTION: compile_promotion,
    Which.MONITORING: compile_monitoring,
}


def compile_pipeline(
    which: Annotated[Which, typer.Argument(help="Which pipeline.")] = Which.TUNING,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; named after the pipeline when not given.")
    ] = None,
    image: Annotated[str, typer.Option(help="Container image of the tasks, best with its digest.")] = IMAGE,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Configuration whose pipeline parameter is written too.")
    ] = None,
    parameter: Annotated[Path, typer.Option(help="Where that parameter goes.")] = Path("config.json"),
    email: Annotated[
        list[str] | None, typer.Option("--email", help="Vertex AI mails this address how a run ended; repeatable.")
    ] = None,
) -> None:
    """Compile the tuning pipeline, that of promotions between environments or that of watching, to one YAML file.

    With --config, the pipeline's `config` parameter is written as JSON as well, for a schedule to pass; its dataset
    must lie at gs:// addresses then.

    With --email, or notification.email in --config, Vertex AI mails how a run ended, which it alone can do: that
    pipeline runs in the cloud only.

    Example: retune compile --output tuning.yaml --image us-docker.pkg.dev/PROJECT/retune/retune@sha256:DIGEST
    """
    settings = load_config(config) if config else None
    text = _parameter(settings, config) if settings and config else ""
    spec = COMPILERS[which](image)
    addresses = _addresses(email or [], settings)
    path = output or Path(f"{which.value}.yaml")
    write_spec(with_mail(spec, addresses) if addresses else spec, path)
    out.print(f"wrote {path}")
    if config:
        parameter.write_text(text + "\n", encoding="utf-8")
        out.print(f"wrote {parameter}")


def _addresses(given: list[str], settings: Config | None) -> list[str]:
    wanted = given or list(settings.notification.email if settings else ())
    if len(wanted) > MOST_MAILED:
        raise configuration_error(
            "CONFIG-EMAIL", f"Vertex AI mails {MOST_MAILED} addresses at most", "give the address of a group", "--email"
        )
    try:
        NotificationSettings(email=tuple(wanted))
    except ValidationError as error:
        raise configuration_error(
            "CONFIG-EMAIL", "this is no mail address", "write it like team@example.com", f"--email {wanted[0][:100]}"
        ) from error
    return wanted


def _parameter(settings: Config, config: Path) -> str:
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
    data = settings.monitoring.data
    if data and not data.startswith("gs://"):
        raise configuration_error(
            "CONFIG-LOCAL-FILE",
            "a schedule cannot read a file of this machine",
            "put fresh examples into the bucket and their gs:// address into monitoring.data",
            f"{config}: monitoring.data",
        )
    return settings.to_parameter(addresses)
