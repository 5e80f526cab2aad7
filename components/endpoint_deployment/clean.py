"""Removes what nobody needs any more: old snapshots, endpoints of checkpoints, models that were not promoted.

Answers to logged prompts go too, because they are about people. What serves, what a rollback needs and what is younger
than the age that is given stays, and every removal looks at the ledger again before it happens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from components.endpoint_deployment.history import effective, fallback, read_releases
from components.endpoint_deployment.observed import stable_name
from components.endpoint_deployment.old_replays import old_replays
from components.endpoint_deployment.removal import Removal
from components.endpoint_deployment.repairs import serves
from components.errors import service_error
from components.gcp.endpoints import Endpoints
from components.gcp.model_registry import ModelRegistry, RegisteredModel
from components.gcp.tuned_endpoints import TunedEndpoints, tuned_endpoints
from components.step import Step

LINE_LABEL = "retune-name"
DAY_S = 86_400.0


@dataclass(frozen=True)
class Needed:
    """What must stay.

    Attributes:
        models: Registry names with version.
        endpoints: Resource names, of the endpoints that tuning made too: there the champion is evaluated.
        snapshots: `gs://` folders, ending in a slash.
    """

    models: frozenset[str]
    endpoints: frozenset[str]
    snapshots: frozenset[str]


def needed(step: Step, keep_releases: int) -> Needed:
    """What serves, what a rollback restores, and what served in the last so many releases."""
    seen = step.ledger.champion()
    champion = seen[0] if seen else None
    kept = effective(read_releases(step.ledger), champion)[: max(keep_releases, 2)]
    versions = [one for one in (champion, fallback(step.ledger, champion), *(one.champion for one in kept)) if one]
    stable = Endpoints(step.cloud).find(stable_name(step))
    return Needed(
        models=frozenset(one.model for one in versions),
        endpoints=frozenset(
            {stable, *(name for one in versions for name in (one.endpoint, one.tuning_endpoint))} - {""}
        ),
        snapshots=frozenset(one.snapshot_uri.rstrip("/") + "/" for one in kept if one.snapshot_uri),
    )


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
        *_endpoints(step, tuned, models, stays, keep_releases),
        *_models(step, models, keep_releases),
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


def _endpoints(
    step: Step, tuned: list[TunedEndpoints], models: list[RegisteredModel], stays: Needed, keep: int
) -> Iterator[Removal]:
    gone = {one.model for one in models}
    wanted: dict[str, str] = {}
    for one in tuned:
        wanted |= dict.fromkeys(one.others, "a checkpoint that is not the default one")
        if one.model in gone:
            wanted[one.endpoint] = "its model was not promoted, or served long ago"
    for model in models:
        wanted |= dict.fromkeys(model.deployed_to, "its model was not promoted, or served long ago")
    endpoints = Endpoints(step.cloud)
    for name, why in wanted.items():
        if name and name not in stays.endpoints and endpoints.exists(name):
            yield Removal("endpoint", name, why, lambda name=name: _remove_endpoint(step, name, keep))  # type: ignore[misc]


def _models(step: Step, models: list[RegisteredModel], keep: int) -> Iterator[Removal]:
    for one in models:
        why = "not promoted, or served long ago; tuning it again would be paid again"
        yield Removal("model", one.model, why, lambda one=one: _remove_model(step, one.model, keep))  # type: ignore[misc]


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


def _remove_endpoint(step: Step, name: str, keep: int) -> None:
    """Undeploy everything from the endpoint and delete it.

    Raises:
        RetuneError: `RELEASE-SERVES`, it is needed by now.
    """
    endpoints, stays = Endpoints(step.cloud), needed(step, keep)
    if name in stays.endpoints:
        raise serves(name)
    deployed = endpoints.deployments(name)
    while deployed:
        last, *others = sorted(deployed, key=lambda one: one.traffic)
        split = {others[-1].deployed_model_id: 100} if others and last.traffic else {}
        endpoints.undeploy(name, last.deployed_model_id, split)
        deployed = endpoints.deployments(name)
    endpoints.delete(name)


def _remove_model(step: Step, model: str, keep: int) -> None:
    if model in needed(step, keep).models:
        raise serves(model)
    ModelRegistry(step.cloud).delete(model)


def _remove_snapshot(step: Step, folder: str, keep: int) -> None:
    """The manifest goes first, so that a snapshot with one is whole."""
    if folder in needed(step, keep).snapshots:
        raise serves(folder)
    step.storage.delete(f"{folder}manifest.json")
    for found in step.storage.list(folder):
        step.storage.delete(found.uri)
