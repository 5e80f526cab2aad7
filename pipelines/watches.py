"""Submits a watch: fresh examples of this machine go to the bucket, the compiled pipeline to the service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from components.errors import configuration_error
from components.gcp.ledger import Champion
from components.gcp.pipeline_jobs import PipelineJobs
from components.gcp.service_errors import as_service_error
from components.gcp.storage import Storage
from components.step import open_step
from pipelines.catalogue import catalogue
from pipelines.config import Config
from pipelines.submit import SubmittedRun, new_run_id, upload_dataset, upload_file

PLACE = "monitoring.data"


def local_data(config: Config, folder: Path) -> Path | None:
    """The fresh examples where they are a file of this machine; None for an address in Cloud Storage.

    Args:
        config: The configuration.
        folder: What a relative path is relative to.

    Raises:
        RetuneError: `CONFIG-FILE`, there is no such file.
    """
    address = config.monitoring.data
    if not address or address.startswith("gs://"):
        return None
    path = folder / address
    if not path.is_file():
        raise configuration_error(
            "CONFIG-FILE", "there is no such file of fresh examples", f"correct {PLACE} in the configuration", str(path)
        )
    return path


def submit_watch(config: Config, spec: dict[str, Any], folder: Path, *, make_bucket: bool) -> SubmittedRun:
    """Upload what is on this machine, then submit.

    Args:
        config: The configuration.
        spec: The compiled pipeline.
        folder: What relative paths are relative to.
        make_bucket: Create the bucket when it is missing, as local Vertex needs it; in the cloud it is Terraform's.

    Raises:
        RetuneError: `CONFIG-FILE`, `SERVICE-…`.
    """
    with as_service_error("uploading the fresh examples", f"gs://{config.cloud.bucket}"):
        storage = Storage(config.cloud.project)
        if make_bucket:
            storage.ensure_bucket(config.cloud.bucket, config.cloud.location)
        sections = json.loads(config.to_parameter(upload_dataset(config, storage, folder)))
        path = local_data(config, folder)
        if path:
            sections["monitoring"]["data"] = upload_file(config, storage, path, "fresh")
        run_id = new_run_id(f"{config.name}-watch")
        seen = open_step(json.dumps(sections), run_id).ledger.champion()
    parameter = json.dumps(_with_base_model(config, sections, seen[0] if seen else None), sort_keys=True)
    values = {"config": parameter}
    name = PipelineJobs(config.cloud).submit(run_id, spec, values, {"retune-name": config.name})
    return SubmittedRun(run_id, name, parameter)


def _with_base_model(config: Config, sections: dict[str, Any], champion: Champion | None) -> dict[str, Any]:
    """The sections with the facts of the champion's base model, which may have left the candidates."""
    known = catalogue(config.base_models)
    if champion and champion.base_model in known:
        sections["base_models"][champion.base_model] = known[champion.base_model].to_dict()
    return sections
