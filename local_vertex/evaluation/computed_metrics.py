"""Metrics that are computed from a prediction and its reference, without a judge.

Source: the service's page "Define your evaluation metrics" for what each compares and its range; `RougeSpec`,
`BleuSpec` and `ToolParameterKVMatchSpec` for their settings. The page says that ROUGE is an F1 score, the proto that
it is a recall; F1 is what tools report, so F1 it is.
"""

from __future__ import annotations

from collections.abc import Callable

from local_vertex.calls import Json, invalid_argument
from local_vertex.evaluation import tool_calls
from local_vertex.evaluation.rouge import DEFAULT_ROUGE_TYPE, ROUGE_TYPE, rouge

Metric = Callable[[str, str], float]
"""Takes prediction and reference and returns a score from 0 to 1."""

_LOWER_CASE = {"rougel": "rougeL", "rougelsum": "rougeLsum"}


def exact_match(spec: Json) -> Metric:
    """1 when both texts are the same to the character."""
    return lambda prediction, reference: float(prediction == reference)


def bleu(spec: Json) -> Metric:
    """BLEU of one sentence by sacrebleu, as a fraction; `useEffectiveOrder` leaves out n-grams longer than it is."""
    from sacrebleu.metrics.bleu import BLEU  # 0.4 s, needed by few

    # As a corpus of one: the sentence method warns on standard error when effective order is off.
    metric = BLEU(effective_order=bool(spec.get("useEffectiveOrder")))
    # A perfect match comes out a little above 100.
    return lambda prediction, reference: min(1.0, metric.corpus_score([prediction], [[reference]]).score / 100)


def rouge_f1(spec: Json) -> Metric:
    """ROUGE of `rougeType`, rougeLsum where none is named.

    Raises:
        ServiceError: 400, there is no such type.
    """
    rouge_type = str(spec.get("rougeType") or DEFAULT_ROUGE_TYPE)
    # google-genai writes the types of tuning jobs in lower case.
    rouge_type = _LOWER_CASE.get(rouge_type, rouge_type)
    if not ROUGE_TYPE.fullmatch(rouge_type):
        raise invalid_argument(
            f"Invalid rouge_type: {rouge_type[:70]!r}. Supported are rouge1 to rouge9, rougeL and rougeLsum."
        )
    stem, split = bool(spec.get("useStemmer")), bool(spec.get("splitSummaries"))
    return lambda prediction, reference: rouge(
        rouge_type, prediction, reference, use_stemmer=stem, split_summaries=split
    )


COMPUTED: dict[str, tuple[str, Callable[[Json], Metric]]] = {
    "exactMatchInput": ("exactMatch", exact_match),
    "bleuInput": ("bleu", bleu),
    "rougeInput": ("rouge", rouge_f1),
    "toolCallValidInput": ("toolCallValid", tool_calls.call_valid),
    "toolNameMatchInput": ("toolNameMatch", tool_calls.name_match),
    "toolParameterKeyMatchInput": ("toolParameterKeyMatch", tool_calls.parameter_key_match),
    "toolParameterKvMatchInput": ("toolParameterKvMatch", tool_calls.parameter_kv_match),
}
"""By field of the request: the name that the fields of the reply start with, and the metric for a spec."""


def computed_scores(field: str, metric_input: Json) -> Json:
    """The reply to a request with one of the fields of `COMPUTED`.

    Args:
        field: The field.
        metric_input: Its `metricSpec` and `instances`.

    Raises:
        ServiceError: 400, a prediction or reference is missing, or the spec is wrong.
    """
    name, metric_of = COMPUTED[field]
    instances = metric_input.get("instances", [])
    if not instances:
        raise invalid_argument(f"{field} has no instances.")
    # Whether a tool call is valid is seen without a reference.
    required = ("prediction",) if field == "toolCallValidInput" else ("prediction", "reference")
    for number, instance in enumerate(instances):
        for part in required:
            if part not in instance:
                raise invalid_argument(f"{field}.instances[{number}] has no {part}.")
    metric = metric_of(metric_input.get("metricSpec", {}))
    scores = [metric(instance["prediction"], instance.get("reference", "")) for instance in instances]
    return {f"{name}Results": {f"{name}MetricValues": [{"score": score} for score in scores]}}
