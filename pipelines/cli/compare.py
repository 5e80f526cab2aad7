"""`retune compare`: a model of one run against one of another, on the questions that both were asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.output import out, print_json
from pipelines.cli.run_or_folder import open_run
from pipelines.cli.written_file import refuse_to_overwrite, written_file

if TYPE_CHECKING:
    from components.evaluation.compare_runs import Answered, RunComparison
    from components.evaluation.evaluation import Comparison
    from components.evaluation.settings import EvaluationSettings
    from pipelines.config import Config

WORST_SLICES = 3
RUN_HELP = "A run, or a folder that `retune evaluate` wrote; RUN#MODEL for another model than its best candidate."


def compare(
    first: Annotated[str, typer.Argument(metavar="RUN", help=RUN_HELP)],
    second: Annotated[str, typer.Argument(metavar="RUN", help="The run that is compared with the first, likewise.")],
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Their model line; folders need none.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Also write the report as a page.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the page.")] = False,
    local: Annotated[bool, typer.Option("--local", help="The runs are on local Vertex.")] = False,
    state_dir: Annotated[Path, typer.Option("--state", help="State of local Vertex.")] = Path(".retune"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Compare the models of two runs, paired on the test examples that both were asked.

    Nothing is asked or decided: the answers are those that the runs stored. MODEL is a name, `base`, `champion` or
    `candidate 2`; by default it is the candidate that was promoted, or the first one. Metrics of judges and people are
    not compared. The JSON keeps to docs/evaluation.schema.json.

    Example: retune compare RUN RUN --config examples/support_triage/retune.yaml --local

    Example: retune compare .retune/evaluations/4d3f0a9b1c2e .retune/evaluations/77aa01c2d3e4#base -o compared.html
    """
    from components.evaluation.compare_runs import compare_runs
    from components.evaluation.gate_settings import GateSettings
    from components.evaluation.settings import EvaluationSettings
    from components.gcp.service_errors import as_service_error
    from pipelines.config import load_config

    if output:
        refuse_to_overwrite(output, force=force)
    settings = load_config(config) if config else None
    gate = settings.gate if settings else GateSettings()
    evaluation = settings.evaluation if settings else EvaluationSettings()
    with as_service_error("`retune compare`", f"{first}, {second}"):
        ours, theirs = (_answered(one, settings, local=local, state_dir=state_dir) for one in (first, second))
        found = compare_runs(ours, theirs, evaluation, confidence=gate.confidence, metric=gate.primary_metric)
    if output:
        _write(found, (ours, theirs), evaluation, output)
    if as_json:
        import msgspec

        print_json(msgspec.to_builtins(found.evaluation))
    else:
        _show(found, (ours, theirs))
        if output:
            out.print(f"\nreport  {output}", markup=False, soft_wrap=True)


def _answered(named: str, settings: Config | None, *, local: bool, state_dir: Path) -> Answered:
    from components.evaluation.compare_runs import Answered, choose_system
    from components.evaluation.gate import Decision
    from components.evaluation.rating.reviewed_answers import reviewed_folder, reviewed_run

    run, _, model = named.partition("#")
    step = open_run(settings, run, local=local, state_dir=state_dir)
    reviewed = reviewed_run(step, run) if step else reviewed_folder(Path(run))
    decision = step.ledger.read_run(run, "decision.json", Decision) if step else None
    chosen = choose_system(reviewed.record, decision.winner if decision else None, model, run)
    rows = next(rows for system, rows in reviewed.answers if system == chosen.system)
    return Answered(run if step else Path(run).resolve().name, chosen.system, reviewed.examples, rows)


def _write(
    found: RunComparison, answered: tuple[Answered, Answered], settings: EvaluationSettings, output: Path
) -> None:
    from components.evaluation.report import render_report
    from components.evaluation.report_of_answers import report_of_answers

    data = report_of_answers(
        f"{answered[1].run} against {answered[0].run}",
        "Comparison of two runs",
        found.evaluation,
        found.examples,
        found.rows,
        settings,
    )
    with written_file(str(output), force=True) as stream:
        stream.write(render_report(data).encode())


def _show(found: RunComparison, answered: tuple[Answered, Answered]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from components.evaluation.slices import worst_first

    evaluation = found.evaluation
    first, second = evaluation.systems
    sizes = " and ".join(f"{len(one.examples):,}" for one in answered)
    out.print(f"{evaluation.rows:,} test examples in common, of {sizes}")
    out.print(f"first   {escape(first.system.name)}", soft_wrap=True)
    out.print(f"second  {escape(second.system.name)}\n", soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("metric", no_wrap=True)
    for heading in ("first", "second", "points", f"{evaluation.confidence:.0%} interval", "p", "won", "lost", "tied"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in evaluation.comparisons:
        scores = (f"{result.metrics[one.metric].mean:.3f}" for result in (first, second))
        table.add_row(escape(one.metric), *scores, *_cells(one), style="dim" if ":" in one.metric else "")
    out.print(table)
    for slice_ in worst_first(evaluation.slices)[:WORST_SLICES]:
        low, high = slice_.improvement.low * 100, slice_.improvement.high * 100
        out.print(
            f"worst slice {escape(slice_.name)}, {slice_.rows:,} rows: {slice_.metric} "
            f"{slice_.improvement.mean * 100:+.1f} points ({low:+.1f} to {high:+.1f})",
            soft_wrap=True,
        )


def _cells(one: Comparison) -> list[str]:
    shown = one.difference
    return [
        f"{shown.mean * 100 + 0.0:+.1f}",
        f"{shown.low * 100:+.1f} to {shown.high * 100:+.1f}",
        "<0.001" if one.p_adjusted < 0.001 else f"{one.p_adjusted:.3f}",
        *(f"{count:,}" for count in (one.wins, one.losses, one.ties)),
    ]
