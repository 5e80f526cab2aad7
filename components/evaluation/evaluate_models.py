"""Compares any models or endpoints on any file, without tuning and without a gate."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

from components.base_models.facts import BaseModelFacts
from components.base_models.serving import serving_location
from components.evaluation.ask_contestant import ask_contestant
from components.evaluation.contestants import Contestant, recorded
from components.evaluation.evaluate import evaluate
from components.evaluation.evaluation import Evaluation, Role, System
from components.evaluation.extra_metrics import extra_metrics
from components.evaluation.parts import PartStorage
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings
from components.gcp.cloud_settings import CloudSettings
from components.gcp.resource_names import location_of, short_id
from components.gcp.vertex_http import MULTI_REGIONS

REGIONAL_THINKING, MULTI_REGION_THINKING = "budget:0", "level:minimal"
"""Least thinking of tuned models up to 2.5 (except 2.5 Pro, `budget:128`) and from 3 on; see the catalogue."""


def named_models(
    models: Sequence[str],
    catalogue: Mapping[str, BaseModelFacts],
    cloud: CloudSettings,
    answers_root: str,
    seed: int,
    thinking: str,
) -> list[Contestant]:
    """The models as contestants: the first one is what the others are compared with.

    Args:
        models: Publisher model identifiers and endpoint resource names.
        catalogue: Facts by base model; a model that is not in it is asked all the same, at an unknown price.
        cloud: Project and location.
        answers_root: Where answers are kept.
        seed: Seed of the requests.
        thinking: How endpoints are to think: `budget:N`, `level:NAME`, `default`, or empty for the least.
    """
    found = []
    for place, model in enumerate(models):
        facts = catalogue.get(model)
        prices = facts.prices if facts else None
        system = System(
            role=_role(place),
            name=short_id(model) if "/" in model else model,
            model=model,
            fingerprint=hashlib.sha256(model.encode()).hexdigest() if place else "",
            usd_per_million_input=prices.input if prices else None,
            usd_per_million_output=prices.output if prices else None,
        )
        location = serving_location(facts, cloud.location) if facts else cloud.location
        one = Contestant(system, model, location, _thinking(model, thinking) if "/" in model else "")
        found.append(recorded(one, answers_root, seed))
    return found


def evaluate_models(
    project: str,
    storage: PartStorage,
    contestants: Sequence[Contestant],
    examples: list[TestExample],
    settings: EvaluationSettings,
    *,
    catalogue: Mapping[str, BaseModelFacts],
    location: str,
    root: str,
    confidence: float,
    dataset_sha256: str,
    tell: Callable[[str], None],
) -> tuple[Evaluation, list[list[Row]]]:
    """The evaluation and the rows of every model; what was asked before is not asked again.

    Args:
        project: Project that pays.
        storage: Where answers are kept.
        contestants: Who is asked.
        examples: The test set.
        settings: Concurrency, quotas, attempts, judges, statistics.
        catalogue: Facts by base model, for the prices of judges.
        location: Region of judges and embedding models.
        root: Where verdicts, ratings and vectors are kept.
        confidence: Level of the intervals.
        dataset_sha256: Digest of the file.
        tell: Told how far it is, in a line.

    Raises:
        RetuneError: `EVAL-…`, see `inference`.
    """
    answers = [(one.system, ask_contestant(project, storage, one, examples, settings, tell)) for one in contestants]
    extra = extra_metrics(project, location, storage, root, catalogue, examples, answers, settings, tell)
    record = evaluate(
        examples, answers, settings, confidence=confidence, dataset_sha256=dataset_sha256, extra=extra.metrics
    )
    return extra.told_in(record), [rows for _, rows in answers]


def _role(place: int) -> Role:
    return "candidate" if place else "base"


def _thinking(endpoint: str, asked: str) -> str:
    if asked:
        return "" if asked == "default" else asked
    multi = location_of(endpoint, default="") in MULTI_REGIONS
    return MULTI_REGION_THINKING if multi else REGIONAL_THINKING
