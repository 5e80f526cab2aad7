"""Chooses, starts and loads the learner for a dataset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from local_vertex.learner.answers import find_format
from local_vertex.learner.checkpoints import read_checkpoint
from local_vertex.learner.classifier import Classifier
from local_vertex.learner.examples import Example, TuningError
from local_vertex.learner.features import Features
from local_vertex.learner.learner import Hyperparameters, Learner
from local_vertex.learner.retrieval import Retrieval
from local_vertex.learner.softmax import Softmax

_EXAMPLES_PER_CLASS = 2
"""Answers are choices when there are at least this many examples per distinct answer (or value of a key)."""


def start_learner(
    examples: Sequence[Example], hyperparameters: Hyperparameters, earlier: Path | None = None
) -> Learner:
    """A learner whose `epoch` may be called.

    Args:
        examples: Training examples, at least one.
        hyperparameters: How to learn.
        earlier: Checkpoint to go on from; its capacity and its reading of questions are kept.

    Raises:
        TuningError: The examples' answers are of another kind than those of the earlier checkpoint.
    """
    known = load_learner(earlier) if earlier else None
    answers = find_format([example.answer for example in examples])
    if isinstance(known, Classifier):
        answers = known.answers
    classes = _classes(answers.slots(example.answer) for example in examples)
    if known is None:
        features = Features.learn([example.question for example in examples], hyperparameters.adapter_size)
        if classes is not None and all(len(values) * _EXAMPLES_PER_CLASS <= len(examples) for values in classes):
            model = Softmax.zeros(2 * features.buckets, [len(values) for values in classes])
            known = Classifier(features, answers, classes, model)
        else:
            known = Retrieval.remembering(features, examples, None)
    elif isinstance(known, Retrieval):
        known = Retrieval.remembering(known.features, examples, known)
    elif classes is None:
        raise TuningError(
            12, "local Vertex cannot go on from the earlier checkpoint: its answers are JSON objects with other keys."
        )
    else:
        known = known.widened(classes)
    if isinstance(known, Retrieval):
        known.start(hyperparameters)
    else:
        known.start(examples, hyperparameters)
    return known


def load_learner(file: Path) -> Classifier | Retrieval:
    """The learner of a checkpoint, ready to answer."""
    meta, arrays = read_checkpoint(file)
    return Classifier.load(meta, arrays) if meta["kind"] == Classifier.kind else Retrieval.load(meta, arrays)


def _classes(slots: Iterable[tuple[str, ...] | None]) -> list[list[str]] | None:
    """The distinct values of every slot, sorted; None when an answer has other slots."""
    found: list[tuple[str, ...]] = []
    for example in slots:
        if example is None:
            return None
        found.append(example)
    return [sorted(set(values)) for values in zip(*found, strict=True)]
