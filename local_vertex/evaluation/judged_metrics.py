"""Pointwise and pairwise metrics: a judge's verdict by a template of the caller.

Source: `PointwiseMetricInput`, `PairwiseMetricInput` and their results in the service's protos. How the service joins
several samples is not documented; here a pointwise score is their mean and a pairwise choice the one of most of them.
"""

from __future__ import annotations

import json

from local_vertex import faults
from local_vertex.calls import Json, failed_precondition, invalid_argument
from local_vertex.evaluation.autorater import Autorater
from local_vertex.evaluation.judge import Compared, Rated, compare, rate
from local_vertex.evaluation.prompts import Prompt, instance_fields, read_prompt
from local_vertex.evaluation.rating_scale import RatingScale, read_scale

_CANDIDATE, _BASELINE = "response", "baseline_model_response"
"""Fields that a pairwise metric compares when its spec names none, as the Vertex SDK names them."""
NO_CHOICE = "PAIRWISE_CHOICE_UNSPECIFIED"


def pointwise(metric_input: Json, autorater: Autorater) -> Json:
    """`pointwiseMetricResult` for a `pointwiseMetricInput`.

    Raises:
        ServiceError: 400, the template or the instance is missing or does not fit.
    """
    spec = metric_input.get("metricSpec", {})
    prompt = read_prompt(spec, instance_fields(metric_input.get("instance", {})))
    rated = ask_to_rate(autorater, prompt, prompt.response_field(), read_scale(prompt.template))
    if _raw(spec):
        outputs = [] if rated is None else [_said(rated, score=rating) for rating in rated.ratings]
        return {"pointwiseMetricResult": {"customOutput": {"rawOutputs": {"rawOutput": outputs}}}}
    result = {} if rated is None else {"score": rated.score, "explanation": rated.explanation}
    return {"pointwiseMetricResult": result}


def pairwise(metric_input: Json, autorater: Autorater) -> Json:
    """`pairwiseMetricResult` for a `pairwiseMetricInput`.

    Raises:
        ServiceError: 400, the template or the instance is missing or does not fit, or flipping is asked for without
            saying which fields to flip.
    """
    spec = metric_input.get("metricSpec", {})
    prompt = read_prompt(spec, instance_fields(metric_input.get("instance", {})))
    named = [spec.get(f"{which}ResponseFieldName") for which in ("candidate", "baseline")]
    if autorater.flip and not all(named):
        raise invalid_argument(
            "autorater_config.flip_enabled needs metric_spec.candidate_response_field_name and"
            " metric_spec.baseline_response_field_name."
        )
    candidate, baseline = named[0] or _CANDIDATE, named[1] or _BASELINE
    for field in (candidate, baseline):
        if field not in prompt.fields:
            raise invalid_argument(f"The instance has no field {field[:100]!r} to compare.")
    flip = all(named) and autorater.flip is not False
    compared = ask_to_compare(autorater, prompt, candidate, baseline, flip=flip)
    if _raw(spec):
        outputs = [] if compared is None else [_said(compared, pairwise_choice=choice) for choice in compared.choices]
        return {"pairwiseMetricResult": {"customOutput": {"rawOutputs": {"rawOutput": outputs}}}}
    if compared is None:
        return {"pairwiseMetricResult": {"pairwiseChoice": NO_CHOICE}}
    return {"pairwiseMetricResult": {"pairwiseChoice": compared.choice, "explanation": compared.explanation}}


def ask_to_rate(autorater: Autorater, prompt: Prompt, response: str, scale: RatingScale) -> Rated | None:
    """The judge's rating; None when it is made to answer nothing.

    Raises:
        ServiceError: 400, the judge is made to block.
    """
    return rate(autorater, prompt, response, scale) if _answers() else None


def ask_to_compare(
    autorater: Autorater, prompt: Prompt, candidate: str, baseline: str, *, flip: bool
) -> Compared | None:
    """The judge's choice; None when it is made to answer nothing.

    Raises:
        ServiceError: 400, the judge is made to block.
    """
    return compare(autorater, prompt, candidate, baseline, flip=flip) if _answers() else None


def _answers() -> bool:
    fault = faults.requested_behaviour()
    if fault is not None and fault.action == "safety_block":
        raise failed_precondition(fault.message or "The judge's answer was blocked by its safety filters.")
    return fault is None or fault.action != "empty_answer"


def _raw(spec: Json) -> bool:
    return bool(spec.get("customOutputFormatConfig", {}).get("returnRawOutput"))


def _said(verdict: Rated | Compared, **decision: object) -> str:
    """One sample as the judge would have written it."""
    return json.dumps({**decision, "explanation": verdict.explanation}, ensure_ascii=False)
