"""Training and validation curves of a tuning job, from its experiment.

Source: the sample notebook "Supervised fine tuning Gemini for article summarization" (generative-ai,
`gemini/tuning/sft_gemini_summarization.ipynb`): the job names an experiment, whose run has its series in the
TensorBoard that backs the experiment.
"""

from __future__ import annotations

import math

import msgspec

from components.gcp.clients import gapic_client
from components.gcp.resource_names import location_of, short_id
from components.gcp.service_errors import as_service_error

EVALUATION_RUN = "-evaluation-"
"""In the names of the runs that evaluate checkpoints, which have no training series."""
ALL_POINTS = -1


class EpochMetrics(msgspec.Struct, frozen=True):
    """What the service reported by the end of one epoch.

    Attributes:
        epoch: 1-based epoch.
        step: Global training step at the end of the epoch.
        train_loss: `/train_total_loss`.
        train_accuracy: `/train_fraction_of_correct_next_step_preds`, 0 to 1.
        eval_loss: `/eval_total_loss`; None without a validation set.
        eval_accuracy: `/eval_fraction_of_correct_next_step_preds`; None without a validation set.
    """

    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    eval_loss: float | None = None
    eval_accuracy: float | None = None


class Curves(msgspec.Struct, frozen=True):
    """The series of a tuning job, by name: `/train_total_loss`, `/eval_total_loss` and so on.

    Attributes:
        experiment: Resource name of the experiment's metadata context.
        series: Points (step, value) in the order of the steps, without those that are no finite number.
    """

    experiment: str
    series: dict[str, list[tuple[int, float]]]

    def by(self, name: str, step: int, after: int = -1) -> float | None:
        """The last value of a series in the steps from after `after` until `step`; None where it has none."""
        return next((value for at, value in reversed(self.series.get(name, [])) if after < at <= step), None)

    def epochs(self, epochs: int) -> list[EpochMetrics]:
        """The values at the end of each epoch, for training of so many epochs of equal length."""
        found, before, last = [], -1, max((points[-1][0] for points in self.series.values() if points), default=0)
        for epoch in range(1, epochs + 1):
            step = last * epoch // epochs
            loss, accuracy, eval_loss, eval_accuracy = (
                self.by(f"/{split}_{measure}", step, before)
                for split in ("train", "eval")
                for measure in ("total_loss", "fraction_of_correct_next_step_preds")
            )
            if loss is not None and accuracy is not None:
                found.append(EpochMetrics(epoch, step, loss, accuracy, eval_loss, eval_accuracy))
            before = step
        return found


def read_curves(experiment: str) -> Curves:
    """The curves of the tuning job that has this experiment.

    Args:
        experiment: Resource name of the experiment's metadata context, `TuningJob.experiment`.

    Raises:
        RetuneError: `SERVICE-…`.
    """
    from google.cloud.aiplatform_v1 import MetadataServiceClient, TensorboardServiceClient
    from google.cloud.aiplatform_v1.types import ListContextsRequest, ReadTensorboardTimeSeriesDataRequest

    location = location_of(experiment, default="us-central1")
    metadata: MetadataServiceClient = gapic_client(MetadataServiceClient, location)
    boards: TensorboardServiceClient = gapic_client(TensorboardServiceClient, location)
    store, name = experiment.rpartition("/contexts/")[0], short_id(experiment)
    series: dict[str, list[tuple[int, float]]] = {}
    with as_service_error("reading the training curves", experiment):
        board = str(dict(metadata.get_context(name=experiment).metadata)["backing_tensorboard_resource"])
        wanted = f'schema_title="system.ExperimentRun" AND parent_contexts:"{experiment}"'
        for run in metadata.list_contexts(ListContextsRequest(parent=store, filter=wanted)):
            run_id = short_id(run.name).removeprefix(f"{name}-")
            if EVALUATION_RUN in run_id:
                continue
            for one in boards.list_tensorboard_time_series(parent=f"{board}/experiments/{name}/runs/{run_id}"):
                data = boards.read_tensorboard_time_series_data(
                    ReadTensorboardTimeSeriesDataRequest(tensorboard_time_series=one.name, max_data_points=ALL_POINTS)
                )
                points = [(int(point.step), float(point.scalar.value)) for point in data.time_series_data.values]
                series[one.display_name] = sorted(point for point in points if math.isfinite(point[1]))
    return Curves(experiment, series)
