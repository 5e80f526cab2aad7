"""`retune watch`: asks what serves fresh examples, and says whether there is a reason to retrain."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from components.errors import ExitCode
from components.gcp.pipeline_jobs import PipelineJobs
from components.gcp.service_errors import as_service_error
from components.monitoring.history import RECORD
from components.monitoring.watch import Watch
from components.notification.summary import RunSummary, summarise
from components.step import open_step
from pipelines.cli.local_mode import use_local_vertex
from pipelines.cli.opened_line import DEFAULT_STATE, AsJson, ConfigFile, Local, StateDirectory
from pipelines.cli.output import err, out, print_json
from pipelines.cli.progress import follow
from pipelines.cli.run import run_failure
from pipelines.cli.tuning_watch import TuningWatch
from pipelines.compiler import check_place, compile_monitoring
from pipelines.config import load_config
from pipelines.given_pipeline import given_pipeline
from pipelines.submit import local_files
from pipelines.watches import local_data, submit_watch

STYLES = {
    "steady": "bold green",
    "worse": "bold red",
    "retrain": "bold yellow",
    "unwatched": "bold yellow",
    "unmeasured": "bold red",
}


def watch(
    config: ConfigFile,
    pipeline: Annotated[
        str, typer.Option(help="File of `retune compile monitoring`, or address of a template, by digest or version.")
    ] = "",
    local: Local = False,
    state_dir: StateDirectory = DEFAULT_STATE,
    as_json: AsJson = False,
) -> None:
    """Ask what serves fresh labelled examples, and compare with its release and its first watch.

    A drop beyond monitoring.max_drop, enough new training data, or the coming retirement of the base model is a reason
    to retrain: a run is asked for, or started where monitoring.start_runs says so. Where one of the three cannot be
    looked at, the others are, and the watch fails with the cause. The schedule of the monitoring pipeline does the
    same.

    Exit status: 0 watched, 4 what serves got worse, 5 failure.

    Example: retune watch --local --config examples/support_triage/retune.yaml
    """
    settings = load_config(config)
    local_files(settings, config.parent)
    local_data(settings, config.parent)
    spec = given_pipeline(pipeline) if pipeline else compile_monitoring()
    check_place(spec, local=local, named=pipeline or "--pipeline")
    if local:
        use_local_vertex(state_dir)
    submitted = submit_watch(settings, spec, config.parent, make_bucket=local)
    console = err if as_json else out
    console.print(f"run {submitted.run_id}", style="dim")
    step = open_step(submitted.parameter, submitted.run_id)
    status = follow(PipelineJobs(settings.cloud), submitted.name, console, TuningWatch(step))
    with as_service_error("reading the run's records", submitted.run_id):
        summary = summarise(step.ledger, submitted.run_id, status.state)
        found = step.ledger.read_run(submitted.run_id, RECORD, Watch)
    if found and status.state != "SUCCEEDED" and not as_json:
        _show(found, summary)
    if found is None or status.state != "SUCCEEDED":
        raise run_failure(summary, status)
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        _show(found, summary)
    if found.finding == "worse":
        raise typer.Exit(int(ExitCode.NOT_PROMOTED))


def _show(found: Watch, summary: RunSummary) -> None:
    out.print(
        f"\n[{STYLES[found.finding]}]{found.finding}[/]  {escape(found.model or 'nothing serves yet')}", soft_wrap=True
    )
    for one in summary.measured:
        out.print(f"  {escape(one.metric)}  {escape(one.sentence())}", soft_wrap=True)
    for sentence in summary.reasons:
        out.print(f"  {escape(sentence)}", soft_wrap=True)
    for remark in found.remarks:
        out.print(f"  [yellow]remark[/] {escape(remark)}", soft_wrap=True)
    for failure in summary.undelivered:
        out.print(f"  [yellow]not told[/] {escape(f'{failure.code}, {failure.message}')}", soft_wrap=True)
    if found.reasons and not any(request.run for request in found.requests):
        out.print("next  retune run --config …", soft_wrap=True)
