"""The user's configuration: one YAML file per model line, checked before anything else happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError

from components.base_models.facts import BaseModelFacts
from components.dataset_validation.settings import DatasetSettings, ValidationSettings
from components.dataset_validation.shape.spelling import nearest
from components.endpoint_deployment.settings import ServingSettings
from components.errors import configuration_error
from components.evaluation.embedding.settings import EMBEDDING_METRIC
from components.evaluation.gate_settings import GateSettings
from components.evaluation.judging.settings import JUDGE_METRIC
from components.evaluation.metrics.own_metric import OWN_METRIC
from components.evaluation.rating.settings import RATING_METRIC
from components.evaluation.settings import EvaluationSettings
from components.gcp.cloud_settings import CloudSettings
from components.monitoring.settings import MonitoringSettings
from components.notification.settings import NotificationSettings
from components.promotion.settings import EnvironmentSettings, check_environments
from components.run_planning.candidates import question_of
from components.run_planning.settings import TuningSettings
from components.run_planning.support import check_support
from components.settings import Settings
from pipelines.catalogue import catalogue
from pipelines.config_problem import first_problem
from pipelines.yaml_reader import read_yaml

SIDE_FILE = "side_file"


class Config(Settings):
    """Everything that a model line needs; each section belongs to the step of that name.

    Attributes:
        name: Names the model line: its folder in the bucket, its serving endpoint, its labels.
        cloud: Project, region, bucket and accounts.
        dataset: The three files, as paths relative to the configuration file or `gs://` addresses.
        validation: How strict the dataset checks are.
        tuning: Candidates, budget and deadline.
        evaluation: How the models are asked and compared.
        gate: What a candidate must show.
        serving: How a promoted version takes over.
        notification: Who is told.
        monitoring: How what serves is watched.
        environments: Others that the champion of this one can be promoted to, by name.
        base_models: Additions and changes to the catalogue of base models.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$")]
    cloud: CloudSettings
    dataset: DatasetSettings
    validation: ValidationSettings = ValidationSettings()
    tuning: TuningSettings
    evaluation: EvaluationSettings = EvaluationSettings()
    gate: GateSettings = GateSettings()
    serving: ServingSettings = ServingSettings()
    notification: NotificationSettings = NotificationSettings()
    monitoring: MonitoringSettings = MonitoringSettings()
    environments: dict[str, EnvironmentSettings] = Field(default_factory=dict)
    base_models: dict[str, dict[str, Any]] = Field(default_factory=dict)

    def candidate_models(self) -> dict[str, BaseModelFacts]:
        """Catalogue facts of the base models that the candidates name."""
        known = catalogue(self.base_models)
        return {wanted.base_model: known[wanted.base_model] for wanted in self.tuning.candidates}

    def files(self) -> dict[str, str]:
        """The address of every file that a run reads, by its split or `side_file`."""
        side_file = self.evaluation.side_file
        return {**self.dataset.files(), **({SIDE_FILE: side_file} if side_file else {})}

    def to_parameter(self, dataset: dict[str, str]) -> str:
        """The pipeline's `config` parameter: what the file says, as JSON, with the base models resolved.

        Terraform makes the same of the same file (`terraform/modules/configuration`); steps fill in the defaults.

        Args:
            dataset: `gs://` address of each of `files`.
        """
        sections = self.model_dump(mode="json", exclude_unset=True)
        sections["dataset"] = {split: uri for split, uri in dataset.items() if split != SIDE_FILE}
        if SIDE_FILE in dataset:
            sections["evaluation"]["side_file"] = dataset[SIDE_FILE]
        sections["base_models"] = {name: facts.to_dict() for name, facts in self.candidate_models().items()}
        return json.dumps(sections, sort_keys=True)


def load_config(path: Path) -> Config:
    """The checked configuration of a YAML file.

    Raises:
        RetuneError: `CONFIG-MISSING`, `CONFIG-YAML`, `CONFIG-KEY`, `CONFIG-VALUE`, `CONFIG-BASE-MODEL`,
            `CONFIG-SHARED`, and what `check_support` refuses; each names the key.
    """
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError) as error:
        raise configuration_error(
            "CONFIG-MISSING", "there is no such configuration file", "give its path with --config", str(path)
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or "it is not plain UTF-8 text"
        raise configuration_error(
            "CONFIG-YAML", f"the file is not YAML: {problem}", "correct it, or save it as UTF-8", where
        ) from error
    if not isinstance(raw, dict):
        raise configuration_error(
            "CONFIG-YAML", "the file holds no keys", "start from examples/support_triage/retune.yaml", str(path)
        )
    try:
        # Strict JSON mode: "3" is no number, but a list is a tuple and 2026-01-31 is a date.
        config = Config.model_validate_json(json.dumps(raw, default=str), strict=True)
    except ValidationError as error:
        raise first_problem(error, Config, path) from error
    try:
        known = catalogue(config.base_models)
    except ValidationError as error:
        raise first_problem(error, dict[str, BaseModelFacts], path, below=("base_models",)) from error
    _check_candidates(config, known, path)
    _check_named_metrics(config, path)
    check_environments(config.cloud, config.environments)
    return config


def _check_named_metrics(config: Config, path: Path) -> None:
    """Refuse a metric that the configuration names and does not define."""
    defined = {f"{OWN_METRIC}{name}" for name in config.evaluation.own_metrics}
    defined |= {f"{JUDGE_METRIC}{name}" for name in config.evaluation.judges}
    defined |= {f"{RATING_METRIC}{name}" for name in config.evaluation.ratings}
    of_gate = [("gate", metric) for metric in (config.gate.primary_metric, *config.gate.max_guardrail_drops)]
    for section, metric in (*of_gate, ("monitoring", config.monitoring.metric)):
        if metric == EMBEDDING_METRIC and metric not in config.evaluation.metrics:
            raise configuration_error(
                "CONFIG-METRIC",
                f"{section} names the metric {metric!r}, which costs money and is computed only where asked for",
                f"add {metric} to evaluation.metrics",
                f"{path}: {section}",
            )
        if metric.startswith((OWN_METRIC, JUDGE_METRIC, RATING_METRIC)) and metric not in defined:
            raise configuration_error(
                "CONFIG-METRIC",
                f"the metric {metric!r} is not defined by evaluation.own_metrics, judges and ratings",
                f"define it, or use one of {', '.join(sorted(defined)) or 'the metrics of the task kind'}",
                f"{path}: {section}",
            )


def _check_candidates(config: Config, known: dict[str, BaseModelFacts], path: Path) -> None:
    for number, wanted in enumerate(config.tuning.candidates):
        where = f"{path}: tuning.candidates[{number}]"
        facts = known.get(wanted.base_model)
        if facts is None:
            meant = nearest(wanted.base_model, known)
            raise configuration_error(
                "CONFIG-BASE-MODEL",
                f"the base model {wanted.base_model!r} is not in the catalogue"
                + (f"; did you mean {meant}?" if meant else ""),
                "run `retune models` to see the catalogue, or add the model under base_models",
                f"{where}.base_model",
            )
    identities = question_of("", config.tuning, known, config.cloud)
    for number, identity in enumerate(identities):
        if identity in identities[:number]:
            raise configuration_error(
                "CONFIG-CANDIDATE",
                "two candidates are the same",
                "change one or take it out",
                f"{path}: tuning.candidates[{number}]",
            )
    check_support(config.tuning, known, config.cloud, has_validation=config.dataset.validation is not None)
