"""The process that fits one model.

It writes one JSON object per line to its standard output: `{"event": "started", "statistics"}`,
`{"event": "epoch", …}` after every epoch and its checkpoint, then `{"event": "done"}` or
`{"event": "failed", "code", "message"}`. A process of its own keeps the server responsive, gives the memory back, and
makes a cancel a kill.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local_vertex.calls import Json
from local_vertex.learner.batches import steps_per_epoch
from local_vertex.learner.checkpoint_answers import check_text_only, write_answers
from local_vertex.learner.checkpoints import OLD, OldCheckpointError
from local_vertex.learner.dataset_statistics import dataset_statistics
from local_vertex.learner.epochs import default_epochs, exported_epochs
from local_vertex.learner.examples import TuningError, read_examples
from local_vertex.learner.learner import Hyperparameters, Learner, Score
from local_vertex.learner.tuning import start_learner
from local_vertex.worker_process import report

_FAILED_PRECONDITION = 9


def main(job_file: str) -> int:
    """Fit the model that a job file describes and return the exit status.

    Args:
        job_file: JSON with `training_file`, `validation_file` (or null), `earlier_checkpoint` (or null), `epochs` (0:
            chosen by the size of the dataset), `last_checkpoint_only`, `learning_rate_multiplier`, `adapter_size`,
            `seed`, and `with_answers`: whether every checkpoint answers the validation file. Checkpoints are written
            beside it as `EPOCH.npz`, answers as `EPOCH.answers.jsonl`.
    """
    job: dict[str, Any] = json.loads(Path(job_file).read_bytes())
    try:
        _fit(job, Path(job_file).parent)
    except TuningError as error:
        report("failed", {"code": error.code, "message": error.message})
        return 1
    except OldCheckpointError:
        report("failed", {"code": _FAILED_PRECONDITION, "message": OLD})
        return 1
    report("done", {})
    return 0


def _fit(job: dict[str, Any], folder: Path) -> None:
    examples = read_examples(Path(job["training_file"]))
    validation = read_examples(Path(job["validation_file"])).kept if job["validation_file"] else []
    hyperparameters = Hyperparameters(job["learning_rate_multiplier"], job["adapter_size"], job["seed"])
    earlier = Path(job["earlier_checkpoint"]) if job["earlier_checkpoint"] else None
    if job["with_answers"]:
        check_text_only(validation)
    learner: Learner = start_learner(examples.kept, hyperparameters, earlier)
    epochs = job["epochs"] or default_epochs(len(examples.kept))
    exported = exported_epochs(epochs, last_only=job["last_checkpoint_only"])
    steps = steps_per_epoch(len(examples.kept))
    report("started", {"statistics": dataset_statistics(examples, steps * epochs)})
    for epoch in range(1, epochs + 1):
        metrics: Json = {"epoch": epoch, "step": epoch * steps, **_named("train", learner.epoch())}
        if validation:
            metrics |= _named("eval", learner.evaluate(validation))
        if epoch in exported:
            learner.save(folder / f"{epoch}.npz")
            if job["with_answers"]:
                write_answers(learner, validation, folder / f"{epoch}.answers.jsonl")
        report("epoch", {"metrics": metrics, "exported": epoch in exported})


def _named(prefix: str, score: Score) -> Json:
    """The score under the names that the service's metrics have."""
    return {
        f"/{prefix}_total_loss": score.loss,
        f"/{prefix}_fraction_of_correct_next_step_preds": score.accuracy,
        f"/{prefix}_num_predictions": score.predictions,
    }
