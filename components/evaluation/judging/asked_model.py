"""A model that is asked about answers: a judge with a rubric, or a metric that is a prompt of the user's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from components.evaluation.judging.prompts import read_choice, read_rating, template_of
from components.evaluation.judging.settings import JUDGE_METRIC, JudgeSettings
from components.evaluation.metrics.own_metric import OWN_METRIC, OwnMetricSettings
from components.evaluation.metrics.prompt_metric import read_score, template_of_prompt

REFERENCE = "{reference}"


@dataclass(frozen=True)
class AskedModel:
    """What is asked of which model, and how its words are read.

    Attributes:
        metric: What its scores are called.
        where: Its place in the configuration.
        kind: Whether it sees one answer or two.
        model: Publisher model.
        samples: How often it is asked the same.
        template: Its prompt, with `{name}` where texts belong.
        read: The score in its words; None when there is none.
    """

    metric: str
    where: str
    kind: Literal["pointwise", "pairwise"]
    model: str
    samples: int
    template: str
    read: Callable[[str], float | None]

    @property
    def identity(self) -> str:
        """SHA-256 (hex) of everything that a verdict depends on besides the texts."""
        told = msgspec.json.encode([self.kind, self.model, self.samples, self.template])
        return hashlib.sha256(told).hexdigest()

    @property
    def sees_reference(self) -> bool:
        """Whether the wanted answer is in the prompt."""
        return REFERENCE in self.template


def asked_models(judges: Mapping[str, JudgeSettings], own_metrics: Mapping[str, OwnMetricSettings]) -> list[AskedModel]:
    """All that the configuration names."""
    found = [
        AskedModel(
            metric=f"{JUDGE_METRIC}{name}",
            where=f"evaluation.judges.{name}",
            kind=judge.kind,
            model=judge.model,
            samples=judge.samples,
            template=template_of(judge),
            read=read_rating if judge.kind == "pointwise" else read_choice,
        )
        for name, judge in judges.items()
    ]
    return found + [
        AskedModel(
            metric=f"{OWN_METRIC}{name}",
            where=f"evaluation.own_metrics.{name}",
            kind="pointwise",
            model=own.model,
            samples=1,
            template=template_of_prompt(own.prompt),
            read=read_score,
        )
        for name, own in own_metrics.items()
        if own.prompt
    ]
