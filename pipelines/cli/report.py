"""`retune report`: the report of any run, made from what was stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.output import out, print_json
from pipelines.cli.run_or_folder import open_run
from pipelines.cli.written_file import written_file

if TYPE_CHECKING:
    from components.evaluation.report_data import ReportData
    from components.step import Step


def report(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or a folder that `retune evaluate` wrote.")],
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Its model line; a folder needs none.")] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", help="The page, or its summary as .md; - for standard output.")
    ] = "",
    show: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    local: Annotated[bool, typer.Option("--local", help="The run is on local Vertex.")] = False,
    state_dir: Annotated[Path, typer.Option("--state", help="State of local Vertex, and reports.")] = Path(".retune"),
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything that the page shows as JSON; writes no page by itself.")
    ] = False,
) -> None:
    """Write the report of a run again, from the record that the run stored.

    Nothing is asked or decided. By default the page goes to reports/ in the state directory, or into the folder. The
    JSON keeps to docs/report.schema.json.

    Example: retune report RUN --config examples/support_triage/retune.yaml --local --open

    Example: retune report .retune/evaluations/4d3f0a9b1c2e --json
    """
    from components.gcp.service_errors import as_service_error
    from pipelines.config import load_config

    with as_service_error("`retune report`", run):
        step = open_run(load_config(config) if config else None, run, local=local, state_dir=state_dir)
        data = _of_run(step, run) if step else _of_folder(Path(run))
    place = output or ("" if as_json else _usual_place(data.run_id, None if step else Path(run), state_dir))
    if place:
        _write(data, place)
    if as_json:
        import msgspec

        print_json(msgspec.to_builtins(data))
    elif place != "-":
        out.print(f"report  {place}", markup=False, soft_wrap=True)
    if show and place not in ("", "-"):
        import webbrowser

        webbrowser.open(Path(place).resolve().as_uri())


def _of_run(step: Step, run: str) -> ReportData:
    from components.evaluation.stored_report import stored_report
    from components.outcome_recording.outcome import Outcome

    outcome = step.ledger.read_run(run, "outcome.json", Outcome)
    return stored_report(step, run, outcome.report_uri if outcome else "")


def _of_folder(folder: Path) -> ReportData:
    from components.evaluation.rating.reviewed_answers import reviewed_folder
    from components.evaluation.report_of_answers import report_of_answers
    from components.evaluation.settings import EvaluationSettings

    found = reviewed_folder(folder)
    rows = [answers for _, answers in found.answers]
    name = folder.resolve().name
    return report_of_answers(name, "Evaluation", found.record, found.examples, rows, EvaluationSettings())


def _usual_place(run_id: str, folder: Path | None, state_dir: Path) -> str:
    if folder is not None:
        return str(folder / "report.html")
    (state_dir / "reports").mkdir(parents=True, exist_ok=True)
    return str(state_dir / "reports" / f"{run_id}.html")


def _write(data: ReportData, place: str) -> None:
    from components.evaluation.report import render_report
    from components.evaluation.report_markdown import render_summary

    text = render_summary(data) if place.endswith(".md") else render_report(data)
    with written_file(place, force=True) as stream:
        stream.write(text.encode())
