"""A candidate that could not be tuned, and the others that go on without it.

A task that fails ends the whole run on Vertex AI Pipelines, whatever other tasks of the loop do. So where there are
other candidates, the task of a failed one ends well and leaves a record in place of a tuned model.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from components.errors import ExitCode, RetuneError
from components.gcp.service_errors import as_service_error
from components.run_planning.plan import Plan
from components.run_planning.plan_run import read_plan
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel

NOT_SWALLOWED = frozenset({"TUNE-CANCELLED"})
"""The run was told to end: the others are told the same."""


def tune_beside_others(
    step: Step, task: str, fingerprint: str, plan_uri: str, resources_path: str, tune: Callable[[], TunedModel]
) -> TunedModel | None:
    """What `tune` returns; None when it failed and the plan has other candidates.

    Args:
        step: The running step.
        task: Names the error record.
        fingerprint: Which candidate.
        plan_uri: Address of the plan.
        resources_path: Local file of the `gcp_resources` output, which a task that ends well must write.
        tune: Tunes the candidate.

    Raises:
        RetuneError: What `tune` raised, for the only candidate of a plan and for a run that was cancelled.
    """
    try:
        with as_service_error("tuning the candidate"):
            return tune()
    except RetuneError as error:
        if error.code in NOT_SWALLOWED or len(read_plan(step, plan_uri).candidates) == 1:
            raise
        print(f"this candidate failed, the others go on: {error}", flush=True)
        step.ledger.record_error(step.run_id, task, error)
        step.ledger.write_run(step.run_id, f"failed/{fingerprint}.json", error.to_record())
    if not Path(resources_path).exists():
        Path(resources_path).parent.mkdir(parents=True, exist_ok=True)
        Path(resources_path).write_text(json.dumps({"resources": []}))
    return None


def keep_result(step: Step, fingerprint: str, tuned: TunedModel | None) -> str:
    """Address of the candidate's record, of its model or of its failure."""
    if tuned is None:
        return step.ledger.run_uri(step.run_id, f"failed/{fingerprint}.json")
    return step.ledger.write_run(step.run_id, f"tuned/{fingerprint}.json", tuned)


def without_failed(step: Step, uris: Sequence[str]) -> list[str]:
    """The addresses that `keep_result` gave, without those of failures.

    Raises:
        RetuneError: `TUNE-NONE`, no candidate was tuned.
    """
    prefix = step.ledger.run_uri(step.run_id, "failed/")
    failed = [uri for uri in uris if uri.startswith(prefix)]
    if len(failed) == len(uris):
        errors = [_read_failure(step, uri) for uri in failed]
        raise RetuneError(
            "TUNE-NONE",
            f"none of the {len(uris)} candidates was tuned; the first: {errors[0].code}, {errors[0].message}",
            errors[0].next_step,
            errors[0].where,
            ExitCode.SERVICE_FAILURE,
        )
    return [uri for uri in uris if uri not in failed]


def tuned_models(step: Step, plan: Plan) -> list[TunedModel]:
    """The tuned models of this run, in the order of the plan's candidates; those that failed are not among them."""
    found = (
        step.ledger.read_run(step.run_id, f"tuned/{candidate.fingerprint}.json", TunedModel)
        for candidate in plan.candidates
    )
    return [one for one in found if one is not None]


def _read_failure(step: Step, uri: str) -> RetuneError:
    record: dict[str, Any] = msgspec.json.decode(step.storage.read(uri))
    return RetuneError.from_record(record)
