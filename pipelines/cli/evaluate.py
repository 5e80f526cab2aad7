"""`retune evaluate`: compares any models or endpoints on any file, without tuning."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.dataset_files import open_files
from pipelines.cli.output import err, out, print_json

if TYPE_CHECKING:
    from components.base_models.facts import BaseModelFacts
    from components.evaluation.evaluation import Evaluation
    from components.evaluation.requests import TestExample
    from components.evaluation.rows import Row
    from components.evaluation.settings import EvaluationSettings
    from components.gcp.cloud_settings import CloudSettings

FOLDER = Path(".retune") / "evaluations"
LOCAL_PROJECT = "demo-project"


def evaluate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Held-out examples: a JSONL file or gs:// address.")],
    model: Annotated[
        list[str],
        typer.Option(
            "--model",
            "-m",
            help="Base model, or projects/P/locations/L/endpoints/E; the others are compared with the first.",
        ),
    ],
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Take project, location, evaluation and prices from it.")
    ] = None,
    train: Annotated[
        list[str] | None, typer.Option(help="Training file of the models; refuse test examples that are in it.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Evaluate even so; the result is marked.")] = False,
    project: Annotated[str, typer.Option(help="Google Cloud project; by default GOOGLE_CLOUD_PROJECT.")] = "",
    location: Annotated[str, typer.Option(help="Region of base models.")] = "us-central1",
    thinking: Annotated[
        str, typer.Option(help="How endpoints think: budget:N, level:NAME, or default; the least by default.")
    ] = "",
    max_rows: Annotated[int | None, typer.Option(min=1, help="Only the first so many examples.")] = None,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.999, help="Level of the intervals.")] = 0.95,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for answers and results.")] = FOLDER,
    local: Annotated[bool, typer.Option("--local", help="Ask local Vertex.")] = False,
    state_dir: Annotated[Path, typer.Option("--state", help="State of local Vertex.")] = Path(".retune"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the evaluation as JSON.")] = False,
) -> None:
    """Ask models the questions of a file, and compare their answers with intervals.

    Nothing is tuned and nothing decided. Answers are kept below --output and never paid for twice. Exit status: 0 done,
    2 configuration, 3 the file cannot be used, 5 service failure.

    Example: retune evaluate test.jsonl --model gemini-2.5-flash --model gemini-2.5-flash-lite --local

    Example: retune evaluate test.jsonl -m gemini-2.5-flash -m projects/p/locations/l/endpoints/1 --train train.jsonl
    """
    from components.evaluation.evaluate_models import evaluate_models, named_models
    from components.evaluation.local_parts import LocalParts

    if local:
        from pipelines.cli.local_mode import use_local_vertex

        use_local_vertex(state_dir)
    cloud, settings, catalogue = _configured(config, project or (LOCAL_PROJECT if local else ""), location)
    settings = settings.model_copy(update={"max_rows": max_rows or settings.max_rows})
    _check(model, thinking)
    examples, digest = _read(file, cloud.project, settings)
    overlapping = _overlap(examples, train or [], cloud.project, force=force)
    contestants = named_models(model, catalogue, cloud, str(output / "answers"), settings.seed, thinking)
    record, rows = evaluate_models(
        cloud.project,
        LocalParts(),
        contestants,
        examples,
        settings,
        catalogue=catalogue,
        location=cloud.location,
        root=str(output),
        confidence=confidence,
        dataset_sha256=digest,
        tell=lambda line: err.print(line, style="dim", markup=False),
    )
    record = _marked(record, overlapping)
    name = _save(output, record, rows, examples)
    _save_report(name, record, rows, examples, settings)
    if as_json:
        print_json(_values(record))
    else:
        _show(record, name)


def _configured(
    config: Path | None, project: str, location: str
) -> tuple[CloudSettings, EvaluationSettings, dict[str, BaseModelFacts]]:
    from components.errors import configuration_error
    from components.evaluation.settings import EvaluationSettings
    from components.gcp.cloud_settings import CloudSettings
    from pipelines.catalogue import catalogue

    if config is not None:
        from pipelines.config import load_config

        loaded = load_config(config)
        return loaded.cloud, loaded.evaluation, catalogue(loaded.base_models)
    project = project or os.environ.get("GOOGLE_CLOUD_PROJECT", "")
    if not project:
        raise configuration_error(
            "CONFIG-PROJECT", "no project is known", "give --project or --config, or set GOOGLE_CLOUD_PROJECT", ""
        )
    # No object is written to a bucket; the settings ask for a name.
    cloud = CloudSettings(project=project, location=location, bucket="unused")
    return cloud, EvaluationSettings(), catalogue({})


def _check(models: list[str], thinking: str) -> None:
    import re

    from components.errors import configuration_error

    repeated = next((one for one in models if models.count(one) > 1), None)
    if repeated is not None:
        raise configuration_error("CONFIG-MODEL", "a model is named twice", "name every model once", repeated)
    for one in models:
        if "/" in one and not re.fullmatch(r"projects/[^/]+/locations/[^/]+/endpoints/[^/]+", one):
            raise configuration_error(
                "CONFIG-MODEL",
                "this is neither a base model nor an endpoint",
                "give gemini-… or projects/PROJECT/locations/LOCATION/endpoints/ID",
                one,
            )
    if thinking and not re.fullmatch(r"default|budget:\d{1,6}|level:[a-z]+", thinking):
        raise configuration_error(
            "CONFIG-THINKING", "this is no way of thinking", "give budget:0, level:minimal or default", "--thinking"
        )


def _read(file: str, project: str, settings: EvaluationSettings) -> tuple[list[TestExample], str]:
    from components.errors import configuration_error
    from components.evaluation.requests import load_test_examples

    found = open_files([file], project)
    if len(found) != 1:
        raise configuration_error("CONFIG-NO-FILE", "these are several files", "evaluate one file at a time", file)
    with found[0].open() as lines:
        digest = hashlib.sha256()
        for block in iter(lambda: lines.read(1 << 20), b""):
            digest.update(block)
    with found[0].open() as lines:
        return load_test_examples(lines, seed=settings.seed, limit=settings.max_rows), digest.hexdigest()


def _overlap(examples: list[TestExample], train: list[str], project: str, *, force: bool) -> int:
    from components.evaluation.overlap import find_overlap, refuse_overlap

    found: set[str] = set()
    for trained in open_files(train, project):
        with trained.open() as lines:
            found.update(find_overlap(examples, lines))
    refuse_overlap(sorted(found), len(examples), force=force)
    return len(found)


def _marked(record: Evaluation, overlapping: int) -> Evaluation:
    import msgspec

    return msgspec.structs.replace(record, overlapping_rows=overlapping)


def _save(folder: Path, record: Evaluation, rows: list[list[Row]], examples: list[TestExample]) -> Path:
    """Write the evaluation with its questions and answers; the folder's name says file and models."""
    import msgspec

    from components.evaluation.rating.reviewed_answers import ANSWERS, EVALUATION, EXAMPLES, ExampleLine
    from pipelines.cli.written_file import written_file

    identity = msgspec.json.encode([record.dataset_sha256, record.rows, [one.system.model for one in record.systems]])
    target = folder / hashlib.sha256(identity).hexdigest()[:12]
    target.mkdir(parents=True, exist_ok=True)
    with written_file(str(target / EVALUATION), force=True) as stream:
        stream.write(record.to_json())
    with written_file(str(target / ANSWERS), force=True) as stream:
        for result, answers in zip(record.systems, rows, strict=True):
            for row in answers:
                stream.write(msgspec.json.encode({"model": result.system.model, **msgspec.to_builtins(row)}) + b"\n")
    with written_file(str(target / EXAMPLES), force=True) as stream:
        for example in examples:
            stream.write(msgspec.json.encode(ExampleLine.of(example)) + b"\n")
    return target


def _save_report(
    folder: Path, record: Evaluation, rows: list[list[Row]], examples: list[TestExample], settings: EvaluationSettings
) -> None:
    from components.evaluation.evaluate import join
    from components.evaluation.report import render_report
    from components.evaluation.report_of_answers import report_of_answers
    from pipelines.cli.written_file import written_file

    joined = [join(examples, found) for found in rows]
    data = report_of_answers(folder.name, "Evaluation", record, examples, joined, settings)
    with written_file(str(folder / "report.html"), force=True) as stream:
        stream.write(render_report(data).encode())


def _values(record: Evaluation) -> object:
    import msgspec

    return msgspec.to_builtins(record)


def _show(record: Evaluation, folder: Path) -> None:
    from rich.markup import escape

    from pipelines.cli.result import metric_table, system_names

    if record.overlapping_rows:
        err.print(f"[bold yellow]marked[/] {record.overlapping_rows} of {record.rows} test examples were trained on")
    out.print(metric_table(record))
    out.print()
    out.print(system_names(record))
    for one in record.comparisons:
        low, high = one.difference.low * 100, one.difference.high * 100
        name = next(found.system.name for found in record.systems if found.system.fingerprint == one.candidate)
        out.print(
            f"{escape(name)}: {one.metric} {one.difference.mean * 100:+.2f} points against the first model "
            f"({record.confidence:.0%} interval {low:+.2f} to {high:+.2f})",
            soft_wrap=True,
        )
    out.print(f"\nanswers and evaluation  {escape(str(folder))}", soft_wrap=True)
    out.print(f"report                  {escape(str(folder / 'report.html'))}", soft_wrap=True)
