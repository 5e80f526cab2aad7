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
from local_vertex.context import Context
from local_vertex.evaluation.autorater import Autorater
from local_vertex.evaluation.evaluated_rows import evaluate_rows, write_results
from local_vertex.experiments.tuning_experiment import TuningExperiment
from local_vertex.registry.model_versions import location_of
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
        # A judge that is gone is an error of the evaluation and not of every row.
        for metric in self._config["metrics"]:
            self._judge(metric.get("llmBasedMetricSpec", {}).get("judgeAutoraterConfig", {}))
        evaluated = evaluate_rows(self._config["metrics"], [instance(row) for row in rows], self._judge)
        shown, target = [_shown(row) for row in rows], output_folder(self._config)
        directory = write_results(self._context.objects, target, run_id, shown, evaluated)
        self._experiment.add_evaluation(checkpoint, evaluated.summary)
        return {
            "aggregationOutput": {
                "dataset": {"gcsSource": {"uris": [self._validation]}},
                "aggregationResults": evaluated.totals,
            },
            "outputInfo": {"gcsOutputDirectory": directory},
        }

    def _judge(self, own: Json) -> Autorater:
        return judge(self._context.state, location_of(self._name), self._config, own)


def _shown(row: Json) -> Json:
    return {"request": row["prompt"], "response": row["response"], "reference": row["reference"]}
