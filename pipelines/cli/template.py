"""`retune template`: stores compiled pipelines under versions that do not move, and copies them elsewhere."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from components.errors import configuration_error
from pipelines.compiler import images, read_pipeline

if TYPE_CHECKING:
    from components.gcp.template_registry import TemplateRegistry

app = typer.Typer(
    help="Store compiled pipelines where jobs and schedules find them, under versions that do not move.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Repository = Annotated[str, typer.Option(help="https://LOCATION-kfp.pkg.dev/PROJECT/REPOSITORY.")]
Tags = Annotated[list[str], typer.Option("--tag", help="Further name of the version, e.g. the commit; repeatable.")]


@app.command()
def push(
    file: Annotated[Path, typer.Argument(help="What `retune compile --image …@sha256:…` wrote.")],
    repository: Repository,
    tag: Tags,
) -> None:
    """Store a compiled pipeline and print its address by digest.

    A tag that names another pipeline already is refused; the same file may be stored again.

    Example: retune template push tuning.yaml --repository https://us-central1-kfp.pkg.dev/P/R --tag v1.2.3
    """
    from components.gcp.template_registry import TemplateRegistry

    typer.echo(_store(TemplateRegistry(repository), file, tag))


@app.command()
def copy(
    uri: Annotated[str, typer.Argument(help="Address of the template, by digest or tag.")],
    repository: Repository,
    tag: Tags,
    image: Annotated[str, typer.Option(help="Refuse a template whose tasks run in another image.")] = "",
) -> None:
    """Store a template of another repository here, byte for byte, and print its address by digest.

    Example: retune template copy https://us-central1-kfp.pkg.dev/P/R/retune-tuning/v1.2.3 --repository … --tag v1.2.3
    """
    from components.gcp.template_registry import TemplateRegistry, split_template

    source, package, version = split_template(uri)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "template.yaml")
        TemplateRegistry(source).download(package, version, file)
        found = images(read_pipeline(file))
        if image and found != {image}:
            raise configuration_error(
                "CONFIG-IMAGE",
                f"the template runs in {', '.join(sorted(found))}, not in the image that is promoted",
                "promote the commit whose release made both",
                uri,
            )
        typer.echo(_store(TemplateRegistry(repository), file, tag))


def _store(registry: TemplateRegistry, file: Path, tags: list[str]) -> str:
    spec = read_pipeline(file)
    loose = sorted(image for image in images(spec) if "@sha256:" not in image)
    if loose:
        raise configuration_error(
            "CONFIG-IMAGE",
            f"the pipeline names an image that can change: {loose[0]}",
            "compile it with --image …@sha256:…, so that what was tested is what runs",
            str(file),
        )
    for tag in tags:
        taken = registry.content(spec["pipelineInfo"]["name"], tag)
        if taken is not None and taken != file.read_bytes():
            raise configuration_error(
                "TEMPLATE-TAKEN",
                f"the version {tag} names another pipeline, and versions do not move",
                "choose another version",
                registry.address,
            )
    return registry.upload(file, tags)
