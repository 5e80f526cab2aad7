"""`retune run`: one run from dataset to release, locally or in the cloud."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from components.errors import ExitCode, RetuneError, service_error
from components.evaluation.evaluation import Evaluation
from components.gcp.pipeline_jobs import PipelineJobs, RunStatus
from components.gcp.service_errors import as_service_error
from components.gcp.storage import Storage
from components.notification.summary import RunSummary, summarise
from components.step import open_step
from pipelines.cli.local_mode import STATE_DIRECTORY, option, use_local_vertex
from pipelines.cli.output import err, out, print_json
from pipelines.cli.progress import follow
from pipelines.cli.result import show_call, show_result
from pipelines.cli.tuning_watch import TuningWatch
from pipelines.compiler import check_place, compile_tuning
from pipelines.config import Config, load_config
from pipelines.given_pipeline import given_pipeline
from pipelines.submit import SubmittedRun, local_files, submit_run


def run(
    config: Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")],
    local: Annotated[bool, typer.Option("--local", help="Run on this machine, against local Vertex.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Evaluate again; no tuning job is paid for twice.")] = False,
    pipeline: Annotated[
        str, typer.Option(help="File of `retune compile`, or address of a template; compiled now when not given.")
    ] = "",
    state_dir: Annotated[Path, typer.Option("--state", help="State of local Vertex, and reports.")] = STATE_DIRECTORY,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of local Vertex; 0 lets the system choose.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Validate, tune, compare and, when it is better, release.

    Exit status: 0 done, 1 internal error, 2 configuration, 3 dataset invalid, 4 the gate did not promote, 5 service
    failure, 130 interrupted.

    Example: retune run --local --config examples/support_triage/retune.yaml
    """
    settings = load_config(config)
    local_files(settings, config.parent)
    spec = given_pipeline(pipeline) if pipeline else compile_tuning()
    check_place(spec, local=local, named=pipeline or "--pipeline")
    console = err if as_json else out
    if local:
        server = use_local_vertex(state_dir, port)
        console.print(f"local Vertex at {server.base_url}", style="dim")
    submitted = submit_run(settings, spec, config.parent, force=force, make_bucket=local)
    console.print(f"run {submitted.run_id}", style="dim")
    try:
        tuning = TuningWatch(open_step(submitted.parameter, submitted.run_id))
        status = follow(PipelineJobs(settings.cloud), submitted.name, console, tuning)
    except KeyboardInterrupt:
        how = f"stop it with `retune local down{option(state_dir)}`" if local else "cancel it in the console"
        err.print(f"interrupted; run {submitted.run_id} goes on, {how}")
        raise typer.Exit(130) from None
    with as_service_error("reading the run's records", submitted.run_id):
        _finish(settings, submitted, status, state_dir, local=local, as_json=as_json)


def _finish(
    settings: Config, submitted: SubmittedRun, status: RunStatus, state_dir: Path, *, local: bool, as_json: bool
) -> None:
    step = open_step(submitted.parameter, submitted.run_id)
    summary = summarise(step.ledger, submitted.run_id, status.state)
    if status.state != "SUCCEEDED":
        raise run_failure(summary, status)
    evaluation = step.ledger.read_run(submitted.run_id, "evaluation.json", Evaluation)
    report = _save_report(step.storage, summary.report_uri, state_dir)
    if as_json:
        print_json(_as_json(summary, evaluation, report))
    else:
        show_result(out, summary, evaluation, report)
        if summary.serving_endpoint:
            environment = f'eval "$(retune local env{option(state_dir)})"' if local else ""
            show_call(out, settings.cloud.project, summary.serving_endpoint, environment)
    if summary.verdict in ("hold", "inconclusive"):
        raise typer.Exit(int(ExitCode.NOT_PROMOTED))


def run_failure(summary: RunSummary, status: RunStatus) -> RetuneError:
    """The recorded cause, or what the pipeline service says when no task could record one."""
    error = _first_cause(summary, status)
    if summary.tuning_usd is not None:
        error.add_note(f"cost   tuning about ${summary.tuning_usd:.2f} started by this run; finished jobs are reused")
    error.add_note(f"serves {summary.serving_endpoint or 'nothing yet'}")
    error.add_note(f"run    {summary.run_id}")
    return error


def _first_cause(summary: RunSummary, status: RunStatus) -> RetuneError:
    if summary.failures:
        first = summary.failures[0]
        where = f"{first.where}, task {first.task}" if first.where else f"task {first.task}"
        return RetuneError(first.code, first.message, first.next_step, where, ExitCode(first.exit_code))
    return service_error(
        "RUN-" + status.state,
        f"the run ended as {status.state}: {status.message or 'no task left a reason'}",
        "start it again; nothing is paid for twice",
        status.name,
    )


def _save_report(storage: Storage, uri: str, state_dir: Path) -> Path | None:
    """The report on this machine; a skipped run has that of the run which answered the question."""
    found = storage.read_versioned(uri) if uri else None
    if found is None:
        return None
    path = state_dir / "reports" / f"{uri.split('/')[-2]}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(found[0])
    return path


def _as_json(summary: RunSummary, evaluation: Evaluation | None, report: Path | None) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(summary),
        "evaluation": msgspec.to_builtins(evaluation) if evaluation else None,
        "report": str(report) if report else None,
    }
