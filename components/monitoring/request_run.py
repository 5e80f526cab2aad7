"""Asks for the run that a watch has a reason for, or starts it: once for every reason and release."""

from __future__ import annotations

import datetime
import hashlib

import msgspec

from components.errors import RetuneError
from components.gcp.schedules import Schedules, find_schedule
from components.monitoring.history import History
from components.monitoring.settings import MonitoringSettings
from components.monitoring.watch import RunRequest, Watch
from components.step import Step


def request_run(step: Step, watch_uri: str, now: datetime.datetime) -> Watch:
    """The watch with what became of its reasons, stored in the ledger.

    A run is started as the schedule would start it, with the same pipeline, configuration and account, whether the
    schedule is paused or not. Its identifier is made of release and reason, so watches that fire at the same time, or
    are killed after the start, come to one run.

    Raises:
        RetuneError: `SCHEDULE-AMBIGUOUS`; `SERVICE-…`.
    """
    watch = msgspec.json.decode(step.storage.read(watch_uri), type=Watch)
    history, at = History(step.storage, step.ledger), now.astimezone(datetime.UTC).isoformat(timespec="seconds")
    known = {reason.key: history.request(watch.release, reason.key) for reason in watch.reasons}
    wanted = [key for key, request in known.items() if request is None or not request.run]
    run = ""
    if wanted and step.section("monitoring", MonitoringSettings).start_runs:
        try:
            run = _start(step, watch, wanted[0])
        except RetuneError as error:
            # Terraform has made none, or this is a laptop: people can still start one.
            if error.code != "SCHEDULE-MISSING":
                raise
            watch = msgspec.structs.replace(watch, remarks=[*watch.remarks, f"no run was started: {error}"])
    requests = [
        history.keep_request(watch.release, RunRequest(key, step.run_id, at, run)) if key in wanted else request
        for key, request in known.items()
    ]
    watch = msgspec.structs.replace(watch, requests=[one for one in requests if one])
    history.keep(watch)
    for request in watch.requests:
        print(f"{request.key}: {request.sentence()}", flush=True)
    return watch


def end_with_failure(watch: Watch) -> None:
    """Return when everything could be looked at.

    Raises:
        RetuneError: The first failure, which the ledger has already: the run fails with it, after its other reasons
            were told.
    """
    if watch.failures:
        raise RetuneError.from_record(watch.failures[0])


def _start(step: Step, watch: Watch, key: str) -> str:
    schedules = Schedules(step.cloud.project, step.cloud.location)
    schedule = find_schedule(schedules, step.name)
    identity = f"{watch.release}\n{watch.model}\n{key}"
    run_id = f"{step.name}-watch-{hashlib.sha256(identity.encode()).hexdigest()[:16]}"
    run, _ = schedules.start_run(schedule, run_id, {"trigger": "monitoring", "force": "false"})
    return run
