"""Requests that name a metric in `metrics` or `metricSources` and the row in `instance`, as `client.evals` sends them.

Source: `EvaluateInstancesRequest`, `Metric`, `EvaluationInstance` and `MetricResult` of the service's v1beta1 protos.
As they say, only the first metric of the list is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable

from local_vertex.calls import Json, ServiceError, invalid_argument, not_found
from local_vertex.evaluation.autorater import Autorater
from local_vertex.evaluation.computed_metrics import Metric, bleu, exact_match, rouge_f1
from local_vertex.evaluation.judged_metrics import ask_to_rate
from local_vertex.evaluation.prompts import contents_text, read_prompt
from local_vertex.evaluation.rating_scale import read_scale
from local_vertex.http_api.schema_check import camel

_COMPUTED: dict[str, Callable[[Json], Metric]] = {
    "exactMatchSpec": exact_match,
    "bleuSpec": bleu,
    "rougeSpec": rouge_f1,
}
_BY_TYPE: dict[str, Callable[[Json], Metric]] = {"EXACT_MATCH": exact_match, "BLEU": bleu, "ROUGE": rouge_f1}
_JUDGED = ("llmBasedMetricSpec", "pointwiseMetricSpec")
_NOT_HERE = {
    "predefinedMetricSpec": "has no predefined rubrics; send a metric_prompt_template",
    "customCodeExecutionSpec": "does not run code that it is sent",
    "pairwiseMetricSpec": "compares with pairwise_metric_input",
}
_RUBRICS = ("rubricGroupKey", "rubricGenerationSpec", "predefinedRubricGenerationSpec", "resultParserConfig")
_FIELDS = ("prompt", "response", "reference")
_AGENTS = ("agentData", "agentEvalData", "interactionsDataSource")


def requested_metric(body: Json) -> Json | None:
    """The first metric of `metrics` or `metricSources`; None when the request has neither.

    Raises:
        ServiceError: 404 for a registered metric: local Vertex keeps none.
    """
    if body.get("metrics"):
        first: Json = body["metrics"][0]
        return first
    if not body.get("metricSources"):
        return None
    source = body["metricSources"][0]
    if "metricResourceName" in source:
        raise not_found(f"The EvaluationMetric does not exist: {source['metricResourceName'][:200]}")
    metric: Json = source.get("metric", {})
    return metric


def evaluate_metric(metric: Json, instance: Json, autorater_of: Callable[[Json], Autorater]) -> Json:
    """`metricResults` for one metric on one instance.

    Args:
        metric: The `Metric`.
        instance: The `EvaluationInstance`.
        autorater_of: Finds the judge for the metric's own `judgeAutoraterConfig`, which may be empty.

    Raises:
        ServiceError: 400 for what is missing or malformed, 501 for metrics that local Vertex does not have.
    """
    fields = _fields(instance)
    kind = next((field for field in (*_COMPUTED, *_JUDGED, *_NOT_HERE) if field in metric), "")
    if kind in _NOT_HERE:
        raise ServiceError(501, "UNIMPLEMENTED", f"{kind}: local Vertex {_NOT_HERE[kind]}.")
    if kind in _JUDGED:
        spec = metric[kind]
        if used := [field for field in _RUBRICS if field in spec]:
            raise ServiceError(501, "UNIMPLEMENTED", f"{used[0]}: local Vertex has no rubrics and runs no parser.")
        prompt = read_prompt(spec, fields)
        autorater = autorater_of(spec.get("judgeAutoraterConfig", {}))
        rated = ask_to_rate(autorater, prompt, prompt.response_field(), read_scale(prompt.template))
        return {"metricResults": [{} if rated is None else {"score": rated.score, "explanation": rated.explanation}]}
    for field in ("response", "reference"):
        if field not in fields:
            raise invalid_argument(f"instance.{field} is missing.")
    score = _computed(metric, kind)(fields["response"], fields["reference"])
    return {"metricResults": [{"score": score}]}


def _computed(metric: Json, kind: str) -> Metric:
    if kind:
        return _COMPUTED[kind](metric[kind])
    spec = metric.get("computationBasedMetricSpec", {})
    metric_of = _BY_TYPE.get(spec.get("type", ""))
    if metric_of is None:
        raise invalid_argument("The metric has no specification.")
    # Parameters are free JSON, written as their examples are: {"rouge_type": "rougeL"}.
    return metric_of({camel(name): value for name, value in spec.get("parameters", {}).items()})


def _fields(instance: Json) -> dict[str, str]:
    """The texts of an instance by name; its own fields win over `otherData`."""
    used = [field for field in _AGENTS if field in instance]
    # The Vertex SDK sends a row twice: as prompt and response, and as the turns of an agent.
    if used and "response" not in instance:
        raise ServiceError(501, "UNIMPLEMENTED", f"{used[0]}: local Vertex evaluates texts only.")
    data = dict(instance.get("otherData", {}).get("mapInstance", {}))
    data |= {field: instance[field] for field in _FIELDS if field in instance}
    if not data:
        raise invalid_argument("The instance is missing.")
    return {
        name: item["text"] if "text" in item else contents_text(item.get("contents", {})) for name, item in data.items()
    }
