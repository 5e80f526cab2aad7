"""`retune validate`: checks a dataset on this machine, before anything is uploaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pipelines.cli.dataset_files import assign_splits, cloud_project, open_files
from pipelines.cli.output import err, out
from pipelines.cli.written_file import written_file

if TYPE_CHECKING:
    from components.base_models.facts import BaseModelFacts
    from components.dataset_validation.findings.report import DatasetReport
    from components.dataset_validation.lines.data_file import DataFile
    from components.dataset_validation.media.stored_files import StoredFiles
    from components.dataset_validation.settings import ValidationSettings

Format = Literal["text", "json", "sarif", "html"]
Splits = dict[str, list["DataFile"]]


def validate(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="JSONL files, globs, gs:// addresses, or - for standard input. The split is the word in the file's "
            "name (train, validation or val, test), otherwise train.",
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Configuration with dataset, base models and severities.")
    ] = None,
    train: Annotated[list[str] | None, typer.Option(help="Training file, whatever its name.")] = None,
    validation: Annotated[list[str] | None, typer.Option(help="Validation file, whatever its name.")] = None,
    test: Annotated[list[str] | None, typer.Option(help="Test file, whatever its name.")] = None,
    base_model: Annotated[
        list[str] | None, typer.Option(help="Whose limits count; by default those of all models on offer.")
    ] = None,
    profile: Annotated[
        Literal["default", "strict", "lenient"] | None, typer.Option(help="How severe the rules are.")
    ] = None,
    near_duplicates: Annotated[
        bool, typer.Option("--near-duplicates", help="Also look for nearly equal prompts and leaks.")
    ] = False,
    media: Annotated[
        bool, typer.Option("--media", help="Also look up the gs:// files that examples name, with your credentials.")
    ] = False,
    media_headers: Annotated[
        bool, typer.Option("--media-headers", help="As --media, and read lengths, pages and images of the files.")
    ] = False,
    personal_data: Annotated[
        bool, typer.Option("--personal-data", help="Also look for personal data and secrets; none is ever shown.")
    ] = False,
    date_field: Annotated[
        str | None, typer.Option(help="Key or line name of an example's date; report examples out of date.")
    ] = None,
    max_age_days: Annotated[
        int | None, typer.Option(min=1, help="How much older than the newest an example may be. [default: 730]")
    ] = None,
    output_format: Annotated[Format, typer.Option("--format", "-f", help="What to write.")] = "text",
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    output: Annotated[
        str, typer.Option("--output", "-o", help="File to write; - is standard output. HTML goes to a file.")
    ] = "-",
    fail_on: Annotated[
        Literal["error", "warning"], typer.Option(help="From which severity on the exit code is 3.")
    ] = "error",
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 for as many as are useful.")] = 0,
) -> None:
    """Check a dataset line by line, without a cloud account; exit code 3 when it is not valid.

    Only --media needs one: it asks Cloud Storage once for each gs:// address in the examples.

    Example: retune validate train.jsonl validation.jsonl test.jsonl --base-model gemini-2.5-flash

    Example: retune validate data/*.jsonl --near-duplicates --format html --output report.html

    Example: retune validate train.jsonl --media-headers

    Example: retune validate data/*.jsonl --personal-data --date-field created_at --max-age-days 365

    Example: retune validate --config examples/support_triage/retune.yaml
    """
    from components.dataset_validation.checks.limits import strictest_limits
    from components.errors import ExitCode

    splits, settings, models, project = _asked(files or [], config, train, validation, test, base_model)
    changes: dict[str, Any] = {"profile": profile} if profile else {}
    if near_duplicates:
        changes["near_duplicates"] = replace(settings.near_duplicates, enabled=True)
    if media or media_headers:
        headers = media_headers or settings.media.headers
        changes["media"] = replace(settings.media, enabled=True, headers=headers)
    if personal_data:
        changes["personal_data"] = replace(settings.personal_data, enabled=True)
    ages: dict[str, Any] = {"field": date_field, "max_days": max_age_days}
    changes["ages"] = replace(settings.ages, **{name: asked for name, asked in ages.items() if asked})
    settings = replace(settings, **changes)
    from components.dataset_validation.validator import validate_dataset
    from pipelines.cli.byte_progress import byte_progress
    from pipelines.cli.lookup_progress import lookup_progress

    size = sum(file.size or 0 for named in splits.values() for file in named)
    with byte_progress(size) as progress, lookup_progress() as looked_up:
        report = validate_dataset(
            splits,
            settings,
            strictest_limits(models),
            progress=progress,
            workers=workers,
            connect=lambda: _lookup(project, looked_up),
        )
    chosen = "json" if as_json else output_format
    if chosen == "html" and output == "-":
        output = "dataset.html"
    _write(report, chosen, output, splits, models if base_model or config else {})
    if report.errors or (fail_on == "warning" and report.warnings):
        raise typer.Exit(int(ExitCode.DATASET_INVALID))


def _asked(
    files: Sequence[str],
    config: Path | None,
    train: Sequence[str] | None,
    validation: Sequence[str] | None,
    test: Sequence[str] | None,
    base_models: Sequence[str] | None,
) -> tuple[Splits, ValidationSettings, dict[str, BaseModelFacts], str | None]:
    """The files of each split, how they are checked, whose limits count, and the project of the configuration."""
    from components.dataset_validation.settings import ValidationSettings
    from components.errors import configuration_error

    settings, models, project = ValidationSettings(), {}, None
    splits = assign_splits(open_files(files), *(open_files(named or []) for named in (train, validation, test)))
    if config is not None:
        from pipelines.config import load_config

        loaded = load_config(config)
        settings, models, project = loaded.validation, loaded.candidate_models(), loaded.cloud.project
        splits = splits or _configured(loaded.dataset.files(), config.parent, project)
    if not splits:
        raise configuration_error(
            "CONFIG-NO-FILE", "there is nothing to validate", "name a file, or a configuration with --config"
        )
    return splits, settings, _base_models(base_models) if base_models or not models else models, project


def _lookup(project: str | None, looked_up: Callable[[], None]) -> StoredFiles:
    from components.gcp.object_lookup import ObjectLookup
    from pipelines.cli.lookup_progress import CountedFiles

    return CountedFiles(ObjectLookup(cloud_project(project, "--media")), looked_up)


def _configured(addresses: dict[str, str], folder: Path, project: str) -> Splits:
    return {
        split: open_files([address if address.startswith("gs://") else str(folder / address)], project)
        for split, address in addresses.items()
    }


def _base_models(names: Sequence[str] | None) -> dict[str, BaseModelFacts]:
    from components.dataset_validation.shape.spelling import nearest
    from components.errors import configuration_error
    from pipelines.catalogue import catalogue

    known = catalogue({})
    for name in names or []:
        if name not in known:
            meant = nearest(name, known)
            raise configuration_error(
                "CONFIG-BASE-MODEL",
                f"the base model {name!r} is not in the catalogue" + (f"; did you mean {meant}?" if meant else ""),
                "run `retune models` to see the catalogue",
                "--base-model",
            )
    # The dataset format is Gemini's: open models count when they are named.
    on_offer = {name: facts for name, facts in known.items() if not facts.retired and not facts.open_model}
    return {name: known[name] for name in names} if names else on_offer


def _write(
    report: DatasetReport, chosen: Format, output: str, splits: Splits, priced: dict[str, BaseModelFacts]
) -> None:
    if chosen == "text":
        from components.dataset_validation.findings.terminal import render

        render(report, out, {name: facts.prices for name, facts in priced.items()})
        return
    with written_file(output, force=True) as target:
        if chosen == "html":
            from components.dataset_validation.reports.examples import side_by_side
            from components.dataset_validation.reports.html import render_html

            title = ", ".join(file.name.rsplit("/", 1)[-1] for named in splits.values() for file in named)
            page = render_html(report, title=title, pairs=side_by_side(report.findings, splits))
            target.write(page.encode())
        else:
            from components.dataset_validation.reports.sarif import to_sarif

            document = to_sarif(report) if chosen == "sarif" else report.to_dict()
            target.write(json.dumps(document, indent=2, sort_keys=True).encode() + b"\n")
    if output != "-":
        err.print(f"written to {output}", markup=False)
