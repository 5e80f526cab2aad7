"""Imports ratings files for `retune review`, and shows what the gate says then."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich.markup import escape

from components.errors import configuration_error
from components.evaluation.evaluation import Evaluation
from components.evaluation.gate import Decision, decide
from components.evaluation.rating.import_ratings import import_ratings
from components.evaluation.rating.ratings_file import RatingsFile, read_ratings_file
from components.evaluation.rating.report import RatingReport
from components.evaluation.rating.review import Reviewed
from components.evaluation.rating.reviewed_answers import reviewed_fields
from components.evaluation.settings import EvaluationSettings
from components.gcp.ledger import encode
from components.step import Step
from pipelines.cli.output import out, print_json
from pipelines.config import Config

LARGEST_FILE = 50_000_000


def import_files(
    reviewed: Reviewed, step: Step | None, settings: Config | None, files: list[Path], *, replace: bool, as_json: bool
) -> None:
    """Import ratings files and print what they say, and the gate's new verdict.

    Args:
        reviewed: The answers that were rated.
        step: The run that they belong to; None for a folder.
        settings: The model line; None where none was given.
        files: What raters saved.
        replace: Whether raters may change what they said before.
        as_json: Print JSON.

    Raises:
        RetuneError: `RATING-…`, and nothing is kept; `CONFIG-NO-FILE`.
    """
    record = _import(reviewed, step, settings, _read(files), replace=replace)
    reviewed.storage.write(f"{reviewed.root}/evaluation.json", record.to_json())
    decision = None
    if step and settings:
        decision = decide(record, settings.gate)
        reviewed.storage.write(f"{reviewed.root}/decision.json", encode(decision))
    if as_json:
        verdict = msgspec.to_builtins(decision) if decision else None
        print_json({"ratings": msgspec.to_builtins(record.ratings), "decision": verdict})
    else:
        _show(record, decision)


def _read(files: list[Path]) -> dict[str, RatingsFile]:
    if not files:
        raise configuration_error("CONFIG-NO-FILE", "there is nothing to import", "name the ratings files", "--import")
    found = {}
    for path in dict.fromkeys(files):
        try:
            if path.stat().st_size > LARGEST_FILE:
                raise configuration_error(
                    "CONFIG-NO-FILE",
                    "the file is too large for ratings",
                    "give the file that the page saved",
                    str(path),
                )
            data = path.read_bytes()
        except OSError as error:
            raise configuration_error(
                "CONFIG-NO-FILE", f"the file cannot be read: {error.strerror}", "correct the name", str(path)
            ) from error
        found[str(path)] = read_ratings_file(data, str(path))
    return found


def _import(
    reviewed: Reviewed,
    step: Step | None,
    settings: Config | None,
    files: dict[str, RatingsFile],
    *,
    replace: bool,
) -> Evaluation:
    evaluation = settings.evaluation if settings else EvaluationSettings()
    return import_ratings(
        reviewed,
        files,
        evaluation,
        sliced_metric=settings.gate.primary_metric if settings else "",
        fields=reviewed_fields(step, evaluation, reviewed) if step else (),
        replace=replace,
    )


def _show(record: Evaluation, decision: Decision | None) -> None:
    for one in record.ratings:
        out.print(_told(one), soft_wrap=True)
    for found in record.comparisons:
        if found.metric in {one.name for one in record.ratings}:
            name = next(one.system.name for one in record.systems if one.system.fingerprint == found.candidate)
            out.print(
                f"{escape(name)}: {found.metric} preferred in {found.win_rate.mean:.1%} of {found.rows} rows against "
                f"the {found.against} ({record.confidence:.0%} interval {found.win_rate.low:.1%} to "
                f"{found.win_rate.high:.1%}), a tie counting half",
                soft_wrap=True,
            )
    if decision:
        out.print(f"\n[bold]{decision.verdict}[/]")
        for reason in decision.reasons:
            out.print(f"  {escape(reason)}", soft_wrap=True)
        if decision.verdict == "promote":
            out.print("next  retune run, which finds the ratings and pays for nothing twice", soft_wrap=True)


def _told(ratings: RatingReport) -> str:
    text = f"{ratings.name}: {ratings.rated} of {ratings.pairs} pairs rated, {ratings.raters} raters"
    text += f", {ratings.skipped} skipped, {ratings.both_bad} both bad"
    if ratings.agreement is not None:
        alpha = "not defined" if ratings.alpha is None else f"{ratings.alpha:.2f}"
        text += f"; raters agree in {ratings.agreement:.0%}, Krippendorff's alpha {alpha}"
    return text
