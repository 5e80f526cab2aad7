"""The dataset of a configuration before any run has copied it: validated where it lies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from components.dataset_validation.checks.limits import strictest_limits
from components.dataset_validation.snapshot import Snapshot, SplitFacts, digest_of
from components.dataset_validation.validator import validate_dataset
from components.errors import dataset_error
from components.run_planning.planned_dataset import PlannedDataset
from pipelines.cli.dataset_files import open_files
from pipelines.config import Config


def read_dataset(config: Config, folder: Path) -> PlannedDataset:
    """The validated dataset, with the digests that a run's snapshot of it would have.

    Args:
        config: The configuration.
        folder: What relative paths are relative to: the configuration file's folder.

    Raises:
        RetuneError: The first `DATA-…` error; `CONFIG-NO-FILE`, `STORAGE-NOT-FOUND`, `SERVICE-…`.
    """
    files = {
        split: open_files([address if address.startswith("gs://") else str(folder / address)], config.cloud.project)
        for split, address in config.dataset.files().items()
    }
    settings = replace(config.validation, media=replace(config.validation.media, enabled=False))
    report = validate_dataset(files, settings, strictest_limits(config.candidate_models()), digest=True)
    error = report.first_error()
    if error:
        raise dataset_error(
            error.code, error.message, f"{error.next_step}; `retune validate` shows all findings", error.where
        )
    digest = digest_of({split: report.splits[split].sha256 for split in files})
    root = f"gs://{config.cloud.bucket}/{config.name}/snapshots/{digest}/"
    splits = {
        split: SplitFacts(f"{root}{split}.jsonl", facts.rows, facts.bytes, facts.sha256, facts.tokens)
        for split, facts in report.splits.items()
    }
    return PlannedDataset(
        snapshot=Snapshot(root, digest, splits, f"{root}facts.json"),
        source=lambda split: files[split][0].open,
        media_files={split: facts.media_files for split, facts in report.splits.items()},
    )
