"""Prepares and submits promotions between the environments of a configuration."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from components.dataset_validation.shape.spelling import nearest
from components.errors import configuration_error
from components.gcp.pipeline_jobs import PipelineJobs
from components.gcp.storage import Storage
from components.promotion.plan import plan_promotion, read_source
from components.promotion.request import PromotionPlan, PromotionRequest, TestSet
from components.promotion.settings import EnvironmentSettings
from components.step import Step, open_step
from pipelines.catalogue import catalogue
from pipelines.config import Config
from pipelines.submit import SubmittedRun, new_run_id


@dataclass(frozen=True)
class Prepared:
    """A promotion that may be approved.

    Attributes:
        plan: What it does.
        environment: The destination.
        parameter: The `config` parameter of the destination.
        local_test: The test set, where it lies on this machine; None for one in Cloud Storage.
    """

    plan: PromotionPlan
    environment: EnvironmentSettings
    parameter: str
    local_test: Path | None


def environment_of(config: Config, to: str) -> EnvironmentSettings:
    """The environment of that name.

    Raises:
        RetuneError: `PROMOTE-ENVIRONMENT`.
    """
    if to not in config.environments:
        meant = nearest(to, config.environments)
        raise configuration_error(
            "PROMOTE-ENVIRONMENT",
            f"there is no environment {to!r} in the configuration" + (f"; did you mean {meant}?" if meant else ""),
            "add it under environments, with its cloud section",
            f"environments.{to}",
        )
    return config.environments[to]


def prepare_promotion(config: Config, to: str, folder: Path) -> Prepared:
    """The plan of promoting the champion to another environment, from the live state of both; nothing is changed.

    Args:
        config: The configuration of the environment where the version serves.
        to: Name of the destination.
        folder: What a relative path of the test set is relative to.

    Raises:
        RetuneError: `PROMOTE-…`, `CONFIG-FILE`, the test set is not there.
    """
    environment = environment_of(config, to)
    source = open_step(config.to_parameter(config.dataset.files()), new_run_id(f"{config.name}-promote"))
    base_model = read_source(source).tuned.candidate.base_model
    test_set, local = _test_set(config, environment, folder)
    parameter = _parameter(config, environment, base_model, test_set)
    destination = open_step(parameter, source.run_id)
    plan = plan_promotion(source, destination, to, test_set, environment.approvers)
    return Prepared(plan, environment, parameter, local)


def submit_promotion(prepared: Prepared, spec: dict[str, Any], by: str, why: str) -> SubmittedRun:
    """Upload the test set where it is on this machine, and start the pipeline at the destination."""
    plan, cloud = prepared.plan, prepared.environment.cloud
    if prepared.local_test:
        storage = Storage(cloud.project)
        if not storage.exists(plan.test_set.uri):
            storage.upload(plan.test_set.uri, str(prepared.local_test))
    request = msgspec.json.encode(PromotionRequest(plan, by, why), order="sorted").decode()
    run_id = new_run_id(f"{plan.name}-promote")
    values = {"config": prepared.parameter, "request": request}
    name = PipelineJobs(cloud).submit(run_id, spec, values, {"retune-name": plan.name})
    return SubmittedRun(run_id, name, prepared.parameter)


def destination_step(prepared: Prepared, run_id: str) -> Step:
    """The model line at the destination."""
    return open_step(prepared.parameter, run_id)


def _test_set(config: Config, environment: EnvironmentSettings, folder: Path) -> tuple[TestSet, Path | None]:
    address = environment.test or config.dataset.test
    if address.startswith("gs://"):
        content = Storage(environment.cloud.project).read(address)
        return TestSet(address, hashlib.sha256(content).hexdigest()), None
    path = folder / address
    if not path.is_file():
        raise configuration_error(
            "CONFIG-FILE", "there is no such test set", "correct it in the configuration", str(path)
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    # The path contains the digest, so that a changed file never replaces what another run reads.
    return TestSet(f"gs://{environment.cloud.bucket}/{config.name}/uploads/{digest[:16]}/test.jsonl", digest), path


def _parameter(config: Config, environment: EnvironmentSettings, base_model: str, test_set: TestSet) -> str:
    """The destination's `config` parameter; the champion's base model may have left the candidates."""
    here = config.model_copy(update={"cloud": environment.cloud})
    sections = json.loads(here.to_parameter({**config.dataset.files(), "test": test_set.uri}))
    facts = catalogue(config.base_models)[base_model]
    sections["base_models"][base_model] = facts.to_dict()
    return json.dumps(sections, sort_keys=True)
