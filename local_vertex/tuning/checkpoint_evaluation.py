"""Evaluates the checkpoints of a tuning job on its validation file.

Source: `EvaluationConfig` and `EvaluateDatasetRun` of the service's protos, and its page "Use supervised fine-tuning":
files `aggregation_results.jsonl` and `evaluation_results.jsonl` below `evaluation_TIMESTAMP`, experiment runs named
`…-evaluation-checkpoint-N`. The fields of a line beside `jsonInstance` are not documented.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from local_vertex.calls import Json, ServiceError
from local_vertex.clock import timestamp
from local_vertex.context import Context
from local_vertex.evaluation.autorater import Autorater
from local_vertex.evaluation.metric_list import evaluate_metric
from local_vertex.experiments.tuning_experiment import TuningExperiment
from local_vertex.registry.model_versions import location_of
from local_vertex.tuning.aggregation import aggregated
from local_vertex.tuning.evaluation_config import instance, judge, output_folder
from local_vertex.tuning.job_records import change_job, find_job, find_plan

_UNKNOWN = 2


class CheckpointEvaluation:
    """Evaluations of one job.

    Args:
        context: Shared state.
        name: The tuning job.
        experiment: Where the runs are shown.
    """

    def __init__(self, context: Context, name: str, experiment: TuningExperiment) -> None:
        self._context, self._name, self._experiment = context, name, experiment
        plan = find_plan(context, name)
        self._config: Json = plan["evaluation"]
        self._validation = "gs://" + "/".join(plan["validation"])

    async def run(self, checkpoint: str, answers: Path) -> None:
        """Evaluate a checkpoint and add the run to the job's `evaluateDatasetRuns`.

        Args:
            checkpoint: `checkpointId`.
            answers: JSON lines with `prompt`, `response` and `reference`.
        """
        run_id = self._context.state.new_id()
        run: Json = {
            "evaluationRun": f"{location_of(self._name)}/evaluationRuns/{run_id}",
            "checkpointId": checkpoint,
        }
        try:
            # In a thread, because many texts take seconds and others wait.
            run["evaluateDatasetResponse"] = await asyncio.to_thread(self._evaluated, checkpoint, run_id, answers)
        except ServiceError as error:
            # The bucket of the results, or a judge, may be gone by now.
            run["error"] = {"code": _UNKNOWN, "message": error.message}
        runs = [*find_job(self._context, self._name).get("evaluateDatasetRuns", []), run]
        change_job(
            self._context, self._name, evaluateDatasetRuns=sorted(runs, key=lambda run: int(run["checkpointId"]))
        )

    def _evaluated(self, checkpoint: str, run_id: str, answers: Path) -> Json:
        rows = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
        results: list[list[Json]] = [[] for _ in rows]
        totals: list[Json] = []
        summary: dict[str, float] = {}
        for metric in self._config["metrics"]:
            found = [evaluate_metric(metric, instance(row), self._judge)["metricResults"][0] for row in rows]
            for result, of_row in zip(found, results, strict=True):
                of_row.append(result)
            scores = [result["score"] for result in found if "score" in result]
            for total, name, value in aggregated(metric, scores):
                totals.append(total)
                summary[name] = value
        directory = self._write(run_id, rows, results, totals)
        self._experiment.add_evaluation(checkpoint, summary)
        return {
            "aggregationOutput": {
                "dataset": {"gcsSource": {"uris": [self._validation]}},
                "aggregationResults": totals,
            },
            "outputInfo": {"gcsOutputDirectory": directory},
        }

    def _judge(self, own: Json) -> Autorater:
        return judge(self._context.state, location_of(self._name), self._config, own)

    def _write(self, run_id: str, rows: list[Json], results: list[list[Json]], totals: list[Json]) -> str:
        bucket, folder = output_folder(self._config)
        # The service's directories have a time only; two checkpoints may end in the same microsecond.
        directory = "/".join(filter(None, (folder, f"evaluation_{timestamp()}_{run_id}")))
        lines = [
            {"jsonInstance": json.dumps(_shown(row), ensure_ascii=False), "metricResults": of_row}
            for row, of_row in zip(rows, results, strict=True)
        ]
        for name, objects in (("aggregation_results", totals), ("evaluation_results", lines)):
            text = "".join(json.dumps(found, ensure_ascii=False) + "\n" for found in objects)
            metadata = {"contentType": "application/jsonl"}
            self._context.objects.insert(bucket, f"{directory}/{name}.jsonl", text.encode(), metadata)
        return f"gs://{bucket}/{directory}"


def _shown(row: Json) -> Json:
    return {"request": row["prompt"], "response": row["response"], "reference": row["reference"]}
