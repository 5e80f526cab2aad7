"""The judged metrics that the service brought its own templates for, before templates could be sent.

Source: `FluencyInput` to `QuestionAnsweringCorrectnessInput` of the service's protos: the fields of each instance and
which are required. The scales are those of the "Gen AI evaluation service API" page: 1 to 5; safety, groundedness and
answer correctness 0 or 1; summarization verbosity -2 (terse) to 2 (verbose) with 0 for the best, where the judge of
local Vertex goes up to the best only.
"""

from __future__ import annotations

from dataclasses import dataclass

from local_vertex.calls import Json, invalid_argument
from local_vertex.evaluation.autorater import Autorater
from local_vertex.evaluation.judge import REFERENCE
from local_vertex.evaluation.judged_metrics import NO_CHOICE, ask_to_compare, ask_to_rate
from local_vertex.evaluation.prompts import Prompt
from local_vertex.evaluation.rating_scale import RatingScale

_ONE_TO_FIVE, _YES_OR_NO = RatingScale(1, 5), RatingScale(0, 1)
_PREDICTION, _BASELINE = "prediction", "baselinePrediction"


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A metric.

    Attributes:
        required: Fields that an instance must have besides `prediction`.
        scale: What it is rated on.
        pairwise: Whether a prediction is compared with `baselinePrediction`.
    """

    required: tuple[str, ...] = ()
    scale: RatingScale = _ONE_TO_FIVE
    pairwise: bool = False


_TASK = ("instruction", "context")
BUILT_IN = {
    "fluencyInput": BuiltIn(),
    "coherenceInput": BuiltIn(),
    "safetyInput": BuiltIn(scale=_YES_OR_NO),
    "groundednessInput": BuiltIn(("context",), _YES_OR_NO),
    "fulfillmentInput": BuiltIn(("instruction",)),
    "summarizationQualityInput": BuiltIn(_TASK),
    "pairwiseSummarizationQualityInput": BuiltIn(_TASK, pairwise=True),
    "summarizationHelpfulnessInput": BuiltIn(("context",)),
    "summarizationVerbosityInput": BuiltIn(("context",), RatingScale(-2, 0)),
    "questionAnsweringQualityInput": BuiltIn(_TASK),
    "pairwiseQuestionAnsweringQualityInput": BuiltIn(_TASK, pairwise=True),
    "questionAnsweringRelevanceInput": BuiltIn(("instruction",)),
    "questionAnsweringHelpfulnessInput": BuiltIn(("instruction",)),
    "questionAnsweringCorrectnessInput": BuiltIn(("instruction",), _YES_OR_NO),
}
"""By field of the request."""


def built_in(field: str, metric_input: Json, autorater: Autorater) -> Json:
    """The reply to a request with one of the fields of `BUILT_IN`.

    Args:
        field: The field.
        metric_input: Its `metricSpec` and `instance`.
        autorater: The judge.

    Raises:
        ServiceError: 400, a field of the instance is missing.
    """
    metric, spec, instance = BUILT_IN[field], metric_input.get("metricSpec", {}), metric_input.get("instance", {})
    required = [_PREDICTION, *([_BASELINE] if metric.pairwise else []), *metric.required]
    required += [REFERENCE] if spec.get("useReference") else []
    for part in required:
        if part not in instance:
            raise invalid_argument(f"{field}.instance has no {part}.")
    fields = {name: text for name, text in instance.items() if name != REFERENCE or spec.get("useReference")}
    template = "\n".join(f"{name}: {{{name}}}" for name in sorted(fields))
    prompt = Prompt(f"{field}\n{template}", fields)
    name = field.removesuffix("Input") + "Result"
    if metric.pairwise:
        compared = ask_to_compare(autorater, prompt, _PREDICTION, _BASELINE, flip=autorater.flip is not False)
        if compared is None:
            return {name: {"pairwiseChoice": NO_CHOICE}}
        verdict: Json = {"pairwiseChoice": compared.choice}
        return {name: {**verdict, "explanation": compared.explanation, "confidence": compared.confidence}}
    rated = ask_to_rate(autorater, prompt, _PREDICTION, metric.scale)
    if rated is None:
        return {name: {}}
    return {name: {"score": rated.score, "explanation": rated.explanation, "confidence": rated.confidence}}
