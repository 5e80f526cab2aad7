"""`python -m benchmarks.learner`: what a fit of local Vertex takes, what it reaches, and what an answer costs."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

# As in the workers of local Vertex, see `local_vertex.worker_process`; read when NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.processes import machine
from local_vertex.learner.examples import Example, Question, read_examples
from local_vertex.learner.learner import Hyperparameters
from local_vertex.learner.tuning import start_learner

TRIAGE = Path(__file__).parents[1] / "examples" / "support_triage"
SEED = 7


def measure(name: str, train: Sequence[Example], unseen: Sequence[Example], epochs: int) -> None:
    """Fit, then print losses, time and the share of unseen examples that are answered exactly."""
    started = time.process_time()
    learner = start_learner(train, Hyperparameters(1.0, 4, SEED))
    losses = [(learner.epoch().loss, learner.evaluate(unseen).loss) for _ in range(epochs)]
    fitted = time.process_time() - started
    started = time.process_time()
    right = sum(learner.answer(example.question).text == example.answer for example in unseen)
    answered = (time.process_time() - started) / len(unseen)
    curve = " ".join(f"{trained:.2f}/{evaluated:.2f}" for trained, evaluated in losses)
    sys.stdout.write(
        f"{name}: {len(train):,} examples, {epochs} epochs and their evaluation in {fitted:.1f} s; "
        f"{100 * right / len(unseen):.1f} % of {len(unseen):,} exact; {1000 * answered:.2f} ms an answer\n"
        f"  loss, training/validation: {curve}\n"
    )


def turned(examples: Sequence[Example]) -> list[Example]:
    """Free text of the same dataset: the answer is the question, the question is the answer."""
    return [
        Example(Question(example.answer), example.question.conversation, example.messages, example.contents)
        for example in examples
    ]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="example: python -m benchmarks.learner --folder ../shared/data/banking77"
    )
    parser.add_argument("--folder", type=Path, default=TRIAGE, help="folder with train.jsonl and test.jsonl")
    parser.add_argument("--epochs", type=int, default=3)
    asked = parser.parse_args(arguments)
    train, unseen = (read_examples(asked.folder / f"{split}.jsonl").kept for split in ("train", "test"))
    sys.stdout.write(f"{machine()}; processor time of one thread\n")
    measure("as it is", train, unseen, asked.epochs)
    measure("turned round, free text", turned(train), turned(unseen), asked.epochs)


if __name__ == "__main__":
    main()
