"""`retune promote`: brings the champion of one environment to another one."""

from __future__ import annotations

import sys
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from components.errors import ExitCode, configuration_error
from components.gcp.pipeline_jobs import PipelineJobs
from components.gcp.service_errors import as_service_error
from components.gcp.storage import Storage
from components.notification.summary import summarise
from components.promotion.planned_call import GATE
from components.promotion.request import PromotionPlan
from pipelines.cli.local_mode import use_local_vertex
from pipelines.cli.opened_line import DEFAULT_STATE, AsJson, ConfigFile, Local, StateDirectory, person
from pipelines.cli.output import err, out, print_json
from pipelines.cli.progress import follow
from pipelines.cli.run import run_failure
from pipelines.cli.tuning_watch import TuningWatch
from pipelines.compiler import check_place, compile_promotion
from pipelines.config import load_config
from pipelines.given_pipeline import given_pipeline
from pipelines.promotions import (
    Prepared,
    destination_step,
    environment_of,
    prepare_promotion,
    submit_promotion,
)

SHORTEST_DIGEST = 12


def promote(
    config: ConfigFile,
    to: Annotated[str, typer.Option("--to", help="The environment, a name under `environments`.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the exact plan.")] = False,
    approve: Annotated[str, typer.Option("--approve", help="Digest of the plan that you approve.")] = "",
    why: Annotated[str, typer.Option("--why", help="Why, in one sentence; kept with the release.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who approves; you, when not given.")] = "",
    pipeline: Annotated[
        str, typer.Option(help="File of `retune compile promotion`, or address of a template, by digest or version.")
    ] = "",
    local: Local = False,
    state_dir: StateDirectory = DEFAULT_STATE,
    as_json: AsJson = False,
) -> None:
    """Bring the version that serves here to another environment, evaluate it there, and release it if it passes.

    It shows the plan and asks for approval. Where nobody can be asked, --approve with the digest that --dry-run shows
    approves exactly that plan; when anything has changed since, nothing happens.

    Exit status: 0 released or dry run, 2 not approved, 4 the gate of the destination did not promote, 5 failure.

    Example: retune promote --config retune.yaml --to prod --why "two weeks in staging without complaints"
    """
    settings = load_config(config)
    cloud = environment_of(settings, to).cloud
    if local:
        use_local_vertex(state_dir)
        Storage(cloud.project).ensure_bucket(cloud.bucket, cloud.location)  # in the cloud it is Terraform's
    with as_service_error("preparing the promotion", to):
        prepared = prepare_promotion(settings, to, config.parent)
    plan = prepared.plan
    if dry_run:
        print_json(_as_json(plan)) if as_json else _show(plan)
        return
    if not as_json:
        _show(plan)
    who = person(by)
    _approve(prepared, approve, who, why)
    spec = given_pipeline(pipeline) if pipeline else compile_promotion()
    check_place(spec, local=local, named=pipeline or "--pipeline")
    with as_service_error("starting the promotion", to):
        submitted = submit_promotion(prepared, spec, who, why)
    _follow(prepared, submitted.run_id, submitted.name, as_json=as_json)


def _approve(prepared: Prepared, digest: str, who: str, why: str) -> None:
    """Return when somebody who may approve has approved this very plan and said why.

    Raises:
        RetuneError: `PROMOTE-APPROVER`, `PROMOTE-WHY`, `PROMOTE-CHANGED` or `PROMOTE-APPROVAL`.
    """
    plan, approvers = prepared.plan, prepared.environment.approvers
    if approvers and who not in approvers:
        raise configuration_error(
            "PROMOTE-APPROVER",
            f"{who} may not approve promotions to {plan.to}",
            f"ask one of {', '.join(approvers)}",
            f"environments.{plan.to}.approvers",
        )
    if not why.strip():
        raise configuration_error(
            "PROMOTE-WHY", "the release record has to say why", "say it with --why", f"retune promote --to {plan.to}"
        )
    if digest:
        if len(digest) < SHORTEST_DIGEST or not plan.digest.startswith(digest):
            raise configuration_error(
                "PROMOTE-CHANGED",
                "what was approved is not the plan of this moment",
                "look at it with `retune promote --dry-run`, and approve that",
                plan.digest[:SHORTEST_DIGEST],
            )
        return
    if not sys.stdin.isatty() or typer.prompt(f"Type {plan.to} to approve", err=True) != plan.to:
        raise configuration_error(
            "PROMOTE-APPROVAL",
            "nobody approved the plan",
            f"approve it with --approve {plan.digest[:SHORTEST_DIGEST]}",
            f"retune promote --to {plan.to}",
        )


def _follow(prepared: Prepared, run_id: str, name: str, *, as_json: bool) -> None:
    console = err if as_json else out
    console.print(f"run {run_id}", style="dim")
    step = destination_step(prepared, run_id)
    status = follow(PipelineJobs(prepared.environment.cloud), name, console, TuningWatch(step))
    with as_service_error("reading the run's records", run_id):
        summary = summarise(step.ledger, run_id, status.state)
    if status.state != "SUCCEEDED":
        raise run_failure(summary, status)
    if as_json:
        print_json(msgspec.to_builtins(summary))
    else:
        out.print(f"\n[bold]{summary.verdict}[/]")
        for reason in summary.reasons:
            out.print(f"  {escape(reason)}")
        out.print(f"serving  {escape(summary.serving_endpoint or 'nothing yet')}", soft_wrap=True)
        out.print(f"report   {escape(summary.report_uri or 'none')}", soft_wrap=True)
    if summary.verdict != "promote":
        raise typer.Exit(int(ExitCode.NOT_PROMOTED))


def _show(plan: PromotionPlan) -> None:
    source = plan.source
    out.print(f"[bold]{escape(plan.name)}[/] to {escape(plan.to)}: {plan.project}, {plan.location}", soft_wrap=True)
    out.print(f"  release {source.release.number} of {escape(source.ledger)}", soft_wrap=True)
    out.print(f"  replaces {escape(plan.replaces or 'nothing')}", soft_wrap=True)
    who = ", ".join(plan.approvers) or f"anyone who may write to gs://{plan.bucket}"
    out.print(f"  approved by {escape(who)}", soft_wrap=True)
    for number, call in enumerate(plan.calls, start=1):
        out.print(f"{number:>3}. {escape(call.sentence())}", soft_wrap=True)
        if call.call == GATE:
            out.print("     what follows only if the gate promotes:", style="dim")
    out.print(f"plan {plan.digest[:SHORTEST_DIGEST]}", style="dim")


def _as_json(plan: PromotionPlan) -> dict[str, object]:
    return {**msgspec.to_builtins(plan), "digest": plan.digest}
