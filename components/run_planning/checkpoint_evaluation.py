"""How the tuning service evaluates every checkpoint on the validation file: `evaluationConfig`.

Source: `EvaluationConfig`, `Metric` and `RougeSpec` of google-cloud-aiplatform 1.165.1
(`types/evaluation_service.py`), and the page "Use supervised fine-tuning" (preview; text only). Its results are for
people: Retune's own evaluation on the test file decides.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from components.settings import Settings

MetricName = Literal["exact_match", "bleu", "rouge_1", "rouge_2", "rouge_l", "rouge_l_sum"]
_ROUGE_TYPES = {"rouge_1": "rouge1", "rouge_2": "rouge2", "rouge_l": "rougeL", "rouge_l_sum": "rougeLsum"}


class JudgeMetric(Settings):
    """A metric that a language model judges.

    Attributes:
        prompt: The judge's prompt with `{prompt}`, `{response}` and `{reference}` where the texts go.
        system_instruction: The judge's system instruction.
    """

    prompt: Annotated[str, Field(min_length=1)]
    system_instruction: str = ""


class CheckpointEvaluationSettings(Settings):
    """The `tuning.checkpoint_evaluation` section of the configuration.

    Attributes:
        metrics: Computed metrics.
        judged: Metrics that a language model judges.
        judge_model: Resource name of the judge; the service's default when empty.
        judge_samples: How often the judge is asked about one answer.
    """

    metrics: tuple[MetricName, ...] = ()
    judged: tuple[JudgeMetric, ...] = ()
    judge_model: str = ""
    judge_samples: Annotated[int, Field(ge=1, le=32)] = 4

    @model_validator(mode="after")
    def _something_to_measure(self) -> CheckpointEvaluationSettings:
        if not self.metrics and not self.judged:
            raise ValueError("name at least one metric under metrics or judged")
        return self

    def to_request(self, output_uri: str) -> dict[str, Any]:
        """The `evaluationConfig` of a tuning request.

        Args:
            output_uri: `gs://` folder that the service writes its results below.
        """
        metrics = [_computed(name) for name in self.metrics] + [_judged(one) for one in self.judged]
        request: dict[str, Any] = {
            # google-genai asks for these two of every metric (2.34, `_transformers.py`).
            "metrics": [{**metric, "aggregationMetrics": ["AVERAGE", "STANDARD_DEVIATION"]} for metric in metrics],
            "outputConfig": {"gcsDestination": {"outputUriPrefix": output_uri}},
        }
        if self.judged:
            judge = {"autoraterModel": self.judge_model} if self.judge_model else {}
            request["autoraterConfig"] = {"samplingCount": self.judge_samples, **judge}
        return request


def _computed(name: MetricName) -> dict[str, Any]:
    if name in _ROUGE_TYPES:
        return {"rougeSpec": {"rougeType": _ROUGE_TYPES[name]}}
    return {"exactMatchSpec": {}} if name == "exact_match" else {"bleuSpec": {}}


def _judged(metric: JudgeMetric) -> dict[str, Any]:
    instruction = {"systemInstruction": metric.system_instruction} if metric.system_instruction else {}
    return {"pointwiseMetricSpec": {"metricPromptTemplate": metric.prompt, **instruction}}
