"""`retune review`: has people compare answers without knowing whose they are, and takes what they said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipelines.cli.output import out, print_json
from pipelines.cli.run_or_folder import open_run
from pipelines.cli.written_file import refuse_to_overwrite, written_file

if TYPE_CHECKING:
    from components.evaluation.rating.review import Reviewed
    from components.evaluation.rating.settings import RatingSettings
    from components.step import Step
    from pipelines.config import Config

USUAL_NAME = "experts"


def review(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or a folder that `retune evaluate` wrote.")],
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="Ratings files to import.")] = None,
    take: Annotated[bool, typer.Option("--import", help="Import the ratings files.")] = False,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Its model line; a folder needs none.")] = None,
    name: Annotated[str, typer.Option(help="Which of evaluation.ratings; the first, or experts.")] = "",
    against: Annotated[
        Literal["base", "champion"] | None, typer.Option(help="Only pairs with this one; by default all.")
    ] = None,
    rows: Annotated[
        int | None, typer.Option(min=10, max=5_000, help="Rows with different answers; by default as configured.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Ask about rated pairs too, for another rater.")] = False,
    output: Annotated[Path, typer.Option("--output", "-o", help="The page.")] = Path("review.html"),
    force: Annotated[bool, typer.Option("--force", help="Replace the page.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Let raters change what they said before.")] = False,
    local: Annotated[bool, typer.Option("--local", help="The run is on local Vertex.")] = False,
    state_dir: Annotated[Path, typer.Option("--state", help="State of local Vertex.")] = Path(".retune"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Write one page on which experts compare answers blindly, or import what they saved.

    The page works from a file, without a server, and sends nothing. Which answer is whose is kept with the run. With
    --import the agreement of the raters and the gate's new verdict are printed; nothing is released: the next run
    finds the ratings, because answers are kept.

    Example: retune review RUN --config retune.yaml --output review.html

    Example: retune review RUN --config retune.yaml --import ratings-ada.json ratings-bob.json
    """
    from components.evaluation.rating.reviewed_answers import reviewed_folder
    from components.gcp.service_errors import as_service_error
    from pipelines.cli.review_import import import_files
    from pipelines.config import load_config

    if not take:
        refuse_to_overwrite(output, force=force)
    settings = load_config(config) if config else None
    with as_service_error("`retune review`", run):
        step = open_run(settings, run, local=local, state_dir=state_dir)
        reviewed = _reviewed(step, run) if step else reviewed_folder(Path(run))
        if take:
            import_files(reviewed, step, settings, files or [], replace=replace, as_json=as_json)
        else:
            _refuse_files(files or [])
            asked = _asked(settings, name, rows)
            _write(reviewed, *asked, against=against, again=again, output=output, as_json=as_json)


def _reviewed(step: Step, run: str) -> Reviewed:
    from components.evaluation.rating.reviewed_answers import reviewed_run

    return reviewed_run(step, run)


def _asked(settings: Config | None, name: str, rows: int | None) -> tuple[str, RatingSettings]:
    """What is asked, and what it is called."""
    import re

    from components.errors import configuration_error
    from components.evaluation.rating.settings import RatingSettings

    configured = settings.evaluation.ratings if settings else {}
    name = name or next(iter(configured), USUAL_NAME)
    if (configured and name not in configured) or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        raise configuration_error(
            "CONFIG-RATING",
            f"there are no ratings of the name {name[:60]!r}",
            f"use one of {', '.join(configured)}" if configured else "use small letters, digits and _",
            "--name",
        )
    asked = configured.get(name, RatingSettings())
    return name, asked.model_copy(update={"rows": rows or asked.rows})


def _refuse_files(files: list[Path]) -> None:
    from components.errors import configuration_error

    if files:
        raise configuration_error(
            "CONFIG-RATING", "ratings files are given, but nothing is to be imported", "give --import", str(files[0])
        )


def _write(
    reviewed: Reviewed,
    name: str,
    settings: RatingSettings,
    *,
    against: Literal["base", "champion"] | None,
    again: bool,
    output: Path,
    as_json: bool,
) -> None:
    from rich.markup import escape

    from components.evaluation.rating.review import make_review

    made = make_review(reviewed, name, settings, against=against, again=again)
    with written_file(str(output), force=True) as stream:
        stream.write(made.page.encode())
    if as_json:
        print_json({"review": made.key.review, "name": name, "pairs": len(made.key.pairs), "page": str(output)})
        return
    before = f"; {made.rated_before:,} are rated already" if made.rated_before else ""
    out.print(f"{len(made.key.pairs):,} pairs of answers for rating:{name}{before}", soft_wrap=True)
    out.print(f"page  {escape(str(output))}", soft_wrap=True)
    out.print("next  give the page to the raters, then: retune review RUN --import FILE…", soft_wrap=True)
