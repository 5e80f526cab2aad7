"""Removes what nobody needs any more: old snapshots, endpoints of checkpoints, models that were not promoted.

Answers to logged prompts go too, because they are about people. What serves, what a rollback needs and what is younger
than the age that is given stays, and every removal looks at the ledger again before it happens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from components.endpoint_deployment.needed import Needed, needed
from components.endpoint_deployment.old_replays import old_replays
from components.endpoint_deployment.removal import Removal
from components.endpoint_deployment.repairs import serves
from components.endpoint_deployment.unneeded import unneeded_endpoints, unneeded_models
from components.errors import service_error
from components.gcp.model_registry import ModelRegistry
from components.gcp.tuned_endpoints import tuned_endpoints
from components.line_labels import LINE_LABEL
from components.step import Step

DAY_S = 86_400.0


def plan_cleaning(step: Step, *, older_than_days: float, keep_releases: int, now: float) -> list[Removal]:
    """What may go, in the order in which it is removed.

    Args:
        step: The model line.
        older_than_days: What is younger stays.
        keep_releases: So many releases that took effect can be restored afterwards, two at least.
        now: Seconds since the epoch.

    Raises:
        RetuneError: `CLEAN-RUNNING`, a run of the model line has not ended.
    """
    _refuse_while_running(step, now)
    before = now - older_than_days * DAY_S
    stays = needed(step, keep_releases)
    tuned = [one for one in tuned_endpoints(step.cloud, LINE_LABEL, step.name[:63]) if one.ended_at < before]
    models = [
        one
        for one in ModelRegistry(step.cloud).labelled(LINE_LABEL, step.name[:63])
        if one.model not in stays.models and one.created_at < before
    ]
    return [
        *unneeded_endpoints(step, tuned, models, stays, keep_releases),
        *unneeded_models(step, tuned, models, stays, keep_releases),
        *_snapshots(step, stays, before, keep_releases),
        *old_replays(step, before),
    ]


def _refuse_while_running(step: Step, now: float) -> None:
    """A run between its plan and its end uses what looks unused."""
    last: dict[str, float] = defaultdict(float)
    ended = set()
    prefix = f"{step.ledger.root}/runs/"
    for found in step.storage.list(prefix):
        run, _, name = found.uri.removeprefix(prefix).partition("/")
        last[run] = max(last[run], found.written_at)
        if name == "summary.json":
            ended.add(run)
    running = [run for run, at in last.items() if run not in ended and now - at < DAY_S]
    if running:
        raise service_error(
            "CLEAN-RUNNING",
            f"run {running[0]} has not ended, and may use what would be removed",
            "clean when it has ended; a run that left no summary counts as ended after a day",
            prefix + running[0],
        )


def _snapshots(step: Step, stays: Needed, before: float, keep: int) -> Iterator[Removal]:
    newest: dict[str, float] = defaultdict(float)
    for found in step.storage.list(f"{step.root}/snapshots/"):
        folder = found.uri.rpartition("/")[0] + "/"
        newest[folder] = max(newest[folder], found.written_at)
    for folder, written_at in newest.items():
        if written_at < before and folder not in stays.snapshots:
            yield Removal(
                "snapshot",
                folder,
                "no release that is kept was tuned on it; a run that needs it takes it again",
                lambda folder=folder: _remove_snapshot(step, folder, keep),  # type: ignore[misc]
            )


def _remove_snapshot(step: Step, folder: str, keep: int) -> None:
    """The manifest goes first, so that a snapshot with one is whole."""
    if folder in needed(step, keep).snapshots:
        raise serves(folder)
    step.storage.delete(f"{folder}manifest.json")
    for found in step.storage.list(folder):
        step.storage.delete(found.uri)
