"""Starts the run for a changed dataset: once for every complete set of files, however often the change is told."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from components.dataset_validation.settings import DatasetSettings
from components.errors import configuration_error
from components.gcp.schedules import Schedule, Schedules
from components.gcp.service_errors import as_service_error
from components.gcp.storage import Storage
from components.settings import read_section

Outcome = Literal["submitted", "already submitted", "incomplete", "superseded"]
SPLITS = ("train", "validation", "test")
FILE_NAMES = tuple(f"{split}.jsonl" for split in SPLITS)
OWN_FOLDERS = ("answers", "ledger", "shadow", "snapshots", "uploads", "verdicts", "watches")
"""Folders of a model line that its runs write to: a run for such a change would start the next one, for ever."""


@dataclass(frozen=True)
class Submission:
    """What a change led to.

    Attributes:
        outcome: `submitted`; `already submitted`, by an earlier message about this set of files; `incomplete`, files
            are missing and the message about the last of them starts the run; `superseded`, the object was replaced or
            deleted since, and the message about that counts.
        reason: One sentence for people.
        dataset_uri: The folder.
        run: Resource name of the run; empty without one.
    """

    outcome: Outcome
    reason: str
    dataset_uri: str
    run: str = ""


def submit_change(
    schedules: Schedules, schedule: Schedule, storage: Storage, name: str, uri: str, generation: int
) -> Submission:
    """Start the run of the schedule on the folder of a changed object, unless it is there already.

    Args:
        schedules: Those of the project and region.
        schedule: The model line's.
        storage: Reads the folder.
        name: Name of the model line.
        uri: The changed object, `gs://BUCKET/FOLDER/{train,validation,test}.jsonl`.
        generation: The generation that the change made.

    Raises:
        RetuneError: `CONFIG-OBJECT`, the object is no file of a dataset; `SERVICE-…`.
    """
    config = schedule.parameters.get("config", "")
    needed = read_section(config, "dataset", DatasetSettings).files()
    folder = _folder(uri, f"gs://{json.loads(config)['cloud']['bucket']}/{name}/")
    with as_service_error("listing the dataset", folder):
        there = {found.uri: found.generation for found in storage.list(f"{folder}/")}
    if there.get(uri) != generation:
        return Submission("superseded", f"{uri} was replaced or deleted since; nothing to do for this message", folder)
    files = {split: f"{folder}/{split}.jsonl" for split in SPLITS}
    missing = [split for split in needed if files[split] not in there]
    if missing:
        return Submission("incomplete", f"waiting for {' and '.join(missing)} of {folder}", folder)
    run_id = _run_id(name, {file: there[file] for file in files.values() if file in there})
    run, known = schedules.start_run(schedule, run_id, {"dataset_uri": folder, "trigger": "dataset", "force": "false"})
    if known:
        return Submission("already submitted", f"run {run_id} was submitted for these very files", folder, run)
    return Submission("submitted", f"run {run_id} started on {folder}", folder, run)


def _run_id(name: str, generations: dict[str, int]) -> str:
    """The identifier that every message about these generations of these files comes to."""
    told = "".join(f"{uri}#{generation}\n" for uri, generation in sorted(generations.items()))
    return f"{name}-data-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def _folder(uri: str, root: str) -> str:
    folder, _, file = uri.rpartition("/")
    inside = uri.removeprefix(root).partition("/")[0] if uri.startswith(root) else ""
    if not folder.startswith("gs://") or file not in FILE_NAMES or inside in OWN_FOLDERS:
        raise configuration_error(
            "CONFIG-OBJECT",
            "the changed object is no file of a dataset",
            f"let the trigger's filter pass only {', '.join(FILE_NAMES)} in a gs:// folder that no run writes to",
            uri[:300],
        )
    return folder
