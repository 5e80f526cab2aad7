"""Validates the configured dataset and copies exactly what was validated to a snapshot."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial

import msgspec

from components.base_models.facts import Limits
from components.base_models.resolved import base_models
from components.dataset_validation.checks.limits import strictest_limits
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.settings import DatasetSettings, ValidationSettings
from components.dataset_validation.snapshot import Snapshot, SplitFacts
from components.dataset_validation.validator import validate_dataset
from components.errors import dataset_error
from components.gcp.ledger import encode
from components.gcp.storage import PreconditionFailed, Storage
from components.step import Step

SPLITS = ("train", "validation", "test")


def validate_and_snapshot(step: Step, dataset_uri: str) -> Snapshot:
    """The snapshot of the dataset, which is valid.

    Every file is read at one generation, which is also the one that is copied, so a file that is replaced meanwhile
    cannot slip in between.

    Args:
        step: The running step.
        dataset_uri: `gs://` folder with `train.jsonl`, `test.jsonl` and, where there is one, `validation.jsonl`, which
            stands in for the configured files; empty for the configured files.

    Raises:
        RetuneError: The first `DATA-…` error of the dataset; `STORAGE-NOT-FOUND`.
    """
    files = _files(step, dataset_uri)
    generations = {split: step.storage.generation(uri) for split, uri in files.items()}
    sources = {
        split: [DataFile(f"{split}.jsonl", partial(step.storage.open, uri, generations[split]))]
        for split, uri in files.items()
    }
    settings = step.section("validation", ValidationSettings)
    report = validate_dataset(sources, settings, limits_of(step.config), digest=True)
    step.ledger.write_run(step.run_id, "dataset.json", msgspec.Raw(report.to_json()))
    error = report.first_error()
    if error:
        raise error
    return _take_snapshot(step, files, generations, report)


def limits_of(config: str) -> Limits:
    """The strictest limits of all base models that the configuration tunes."""
    return strictest_limits(base_models(config))


def _files(step: Step, dataset_uri: str) -> dict[str, str]:
    if not dataset_uri:
        return step.section("dataset", DatasetSettings).files()
    folder = dataset_uri.rstrip("/")
    present = {found.uri for found in step.storage.list(folder + "/")}
    return {
        split: f"{folder}/{split}.jsonl"
        for split in SPLITS
        if split != "validation" or f"{folder}/{split}.jsonl" in present
    }


def _take_snapshot(
    step: Step, files: Mapping[str, str], generations: Mapping[str, int], report: DatasetReport
) -> Snapshot:
    """Copy the files to the path of their digest; the manifest is written last, so a snapshot with one is whole."""
    digest = hashlib.sha256("".join(f"{split}:{report.splits[split].sha256}\n" for split in files).encode()).hexdigest()
    folder = f"{step.root}/snapshots/{digest}/"
    splits = {
        split: SplitFacts(f"{folder}{split}.jsonl", facts.rows, facts.bytes, facts.sha256, facts.tokens)
        for split, facts in report.splits.items()
    }
    snapshot = Snapshot(folder, digest, splits, f"{folder}facts.json")
    if step.storage.exists(f"{folder}manifest.json"):
        return snapshot
    for split, uri in files.items():
        step.storage.copy(uri, splits[split].uri, generations[split])
    step.storage.write(snapshot.facts_uri, report.to_json())
    try:
        step.storage.write(f"{folder}manifest.json", encode(snapshot), if_generation_match=0)
    except PreconditionFailed:
        return snapshot  # another run took the same snapshot
    return snapshot


def read_snapshot(storage: Storage, uri: str) -> Snapshot:
    """The snapshot below a `gs://` folder.

    Raises:
        RetuneError: `DATA-SNAPSHOT`, there is no complete snapshot.
    """
    found = storage.read_versioned(f"{uri.rstrip('/')}/manifest.json")
    if found is None:
        raise dataset_error("DATA-SNAPSHOT", "there is no complete snapshot", "run the validation again", uri)
    return msgspec.json.decode(found[0], type=Snapshot)
