"""Metrics that the user writes: a Python function of reference and answer, or a prompt."""

from __future__ import annotations

import importlib
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field, field_validator, model_validator

from components.errors import configuration_error
from components.evaluation.metrics.case import Case
from components.evaluation.metrics.catalogue import Better
from components.evaluation.metrics.prompt_metric import check_prompt
from components.evaluation.statistics.interval import Scores
from components.settings import Settings

OWN_METRIC = "own:"


class OwnMetricSettings(Settings):
    """A metric of the user's own, which the gate and the report call `own:NAME`.

    Attributes:
        python: `package.module:function`, importable where the evaluation runs (in the cloud: in the image). It is
            called with `reference` and `answer`, and with `prompt` if it has such a parameter, and returns a number
            from 0 to 1. It is not called for a row without an answer, which scores 0.
        prompt: What a model is asked about every answer, with `{prompt}`, `{reference}` and `{answer}` where the texts
            belong. It is told to answer with a number from 0 to 1; where it does not, the row has no score.
        model: Publisher model that is asked; pinned, because another one is another metric.
        better: Which way is better.
    """

    python: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")] | None = None
    prompt: Annotated[str, Field(min_length=1, max_length=20_000)] | None = None
    model: str = "gemini-2.5-flash"
    better: Better = "higher"

    @field_validator("prompt")
    @classmethod
    def _shows_the_answer(cls, prompt: str | None) -> str | None:
        return None if prompt is None else check_prompt(prompt)

    @model_validator(mode="after")
    def _is_one_of_both(self) -> OwnMetricSettings:
        if (self.python is None) == (self.prompt is None):
            raise ValueError("a metric is either a python function or a prompt")
        return self


def score_own_metric(name: str, place: str, cases: Sequence[Case]) -> Scores:
    """The scores of all rows by the function at a place, `package.module:function`.

    Raises:
        RetuneError: `EVAL-METRIC-IMPORT`, there is no such function; `EVAL-METRIC-FAILED`, it raised, or returned
            something other than a number from 0 to 1. The message names the example, not its text.
    """
    function = _load(name, place)
    with_prompt = "prompt" in inspect.signature(function).parameters
    return np.array([_score(name, function, with_prompt, case) for case in cases])


def _load(name: str, place: str) -> Callable[..., object]:
    module, _, attribute = place.partition(":")
    try:
        function = getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise configuration_error(
            "EVAL-METRIC-IMPORT",
            f"the metric {OWN_METRIC}{name} cannot be imported: {type(error).__name__}",
            f"install the package of {place} where the evaluation runs, and correct evaluation.own_metrics.{name}",
            place,
        ) from error
    if not callable(function):
        raise configuration_error(
            "EVAL-METRIC-IMPORT",
            f"the metric {OWN_METRIC}{name} is no function",
            f"name a function of reference and answer under evaluation.own_metrics.{name}",
            place,
        )
    return function  # type: ignore[no-any-return]


def _score(name: str, function: Callable[..., object], with_prompt: bool, case: Case) -> float:
    if case.answer is None:
        return 0.0
    extra = {"prompt": case.prompt} if with_prompt else {}
    try:
        score = function(reference=case.reference, answer=case.answer, **extra)
    except Exception as error:
        raise _failed(name, f"raised {type(error).__name__}", case) from error
    if not isinstance(score, int | float | np.floating | np.bool_) or not math.isfinite(score) or not 0 <= score <= 1:
        raise _failed(name, f"returned {str(score)[:40]}, which is no number from 0 to 1", case)
    return float(score)


def _failed(name: str, what: str, case: Case) -> Exception:
    return configuration_error(
        "EVAL-METRIC-FAILED",
        f"the metric {OWN_METRIC}{name} {what}",
        "correct the function; the answers are kept and not asked for again",
        f"example {case.example_id}",
    )
