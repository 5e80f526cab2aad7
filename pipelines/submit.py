"""Submits a run: the data goes to the bucket, the compiled pipeline to the service."""

from __future__ import annotations

import datetime
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.errors import configuration_error
from components.gcp.pipeline_jobs import PipelineJobs
from components.gcp.service_errors import as_service_error
from components.gcp.storage import Storage
from pipelines.config import SIDE_FILE, Config


@dataclass(frozen=True)
class SubmittedRun:
    """A run that the pipeline service has accepted.

    Attributes:
        run_id: Identifier, the last segment of the resource name.
        name: Resource name of the pipeline job.
        parameter: The `config` parameter it runs with.
    """

    run_id: str
    name: str
    parameter: str


def new_run_id(name: str) -> str:
    """An identifier that sorts by time and is not used twice: NAME-YYYYMMDD-HHMMSS-xxxx."""
    return f"{name}-{datetime.datetime.now(datetime.UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def local_files(config: Config, folder: Path) -> dict[str, Path]:
    """The files of a run that are local paths, by split or `side_file`.

    Args:
        config: The configuration.
        folder: What relative paths are relative to: the configuration file's folder.

    Raises:
        RetuneError: `DATA-FILE-MISSING`, naming the key.
    """
    found = {}
    for split, address in config.files().items():
        if address.startswith("gs://"):
            continue
        path = folder / address
        if not path.is_file():
            raise configuration_error(
                "CONFIG-FILE",
                "there is no such dataset file",
                f"correct {'evaluation' if split == SIDE_FILE else 'dataset'}.{split} in the configuration",
                str(path),
            )
        found[split] = path
    return found


def upload_dataset(config: Config, storage: Storage, folder: Path) -> dict[str, str]:
    """`gs://` address by split or `side_file`, after local files were uploaded."""
    uploaded = {split: upload_file(config, storage, path, split) for split, path in local_files(config, folder).items()}
    return config.files() | uploaded


def upload_file(config: Config, storage: Storage, path: Path, name: str) -> str:
    """Address of a local file after it was uploaded.

    It goes to a path that contains its digest, so an unchanged file is not uploaded twice and a changed one never
    replaces what another run reads.

    Args:
        config: Names bucket and model line.
        storage: Storage of the project.
        path: The file.
        name: What it is, for example a split.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    uri = f"gs://{config.cloud.bucket}/{config.name}/uploads/{digest[:16]}/{name}.jsonl"
    if not storage.exists(uri):
        storage.upload(uri, str(path))
    return uri


def submit_run(config: Config, spec: dict[str, Any], folder: Path, *, force: bool, make_bucket: bool) -> SubmittedRun:
    """Upload, then submit.

    Args:
        config: The configuration.
        spec: The compiled pipeline.
        folder: What relative dataset paths are relative to.
        force: Evaluate again although the same question was answered.
        make_bucket: Create the bucket when it is missing, as local Vertex needs it; in the cloud it is Terraform's.

    Raises:
        RetuneError: `CONFIG-FILE`, `SERVICE-…`.
    """
    with as_service_error("uploading the dataset", f"gs://{config.cloud.bucket}"):
        storage = Storage(config.cloud.project)
        if make_bucket:
            storage.ensure_bucket(config.cloud.bucket, config.cloud.location)
        parameter = config.to_parameter(upload_dataset(config, storage, folder))
    run_id = new_run_id(config.name)
    values = {"config": parameter, "trigger": "manual", "force": "true" if force else "false"}
    name = PipelineJobs(config.cloud).submit(run_id, spec, values, {"retune-name": config.name})
    return SubmittedRun(run_id, name, parameter)
