"""The answers that people review: those of a run, or those that `retune evaluate` wrote to a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from components.dataset_validation.validate import read_snapshot
from components.errors import configuration_error
from components.evaluation.evaluate import join
from components.evaluation.evaluate_run import side_fields
from components.evaluation.evaluation import Evaluation
from components.evaluation.extra_metrics import ratings_root
from components.evaluation.local_parts import LocalParts
from components.evaluation.rating.review import Reviewed
from components.evaluation.requests import TestExample, load_test_examples
from components.evaluation.rows import Row, RowStore
from components.evaluation.settings import EvaluationSettings
from components.step import Step

EVALUATION, ANSWERS, EXAMPLES = "evaluation.json", "answers.jsonl", "examples.jsonl"
"""What `retune evaluate` writes to a folder."""


class ExampleLine(msgspec.Struct, frozen=True):
    """One line of `examples.jsonl`."""

    example_id: str
    request: msgspec.Raw
    request_hash: str
    reference: str

    @classmethod
    def of(cls, example: TestExample) -> ExampleLine:
        """The line of an example."""
        request = msgspec.Raw(example.request_json)
        return cls(example.example_id, request, example.request_hash, example.reference)

    def example(self) -> TestExample:
        """The example of the line."""
        return TestExample(self.example_id, bytes(self.request), self.request_hash, self.reference)


class AnswerLine(Row, frozen=True, kw_only=True):
    """One line of `answers.jsonl`: a row, and whose it is."""

    model: str


def reviewed_run(step: Step, run_id: str) -> Reviewed:
    """The answers of a run; they are the very ones that it compared, because they are kept by model and request.

    Raises:
        RetuneError: `RUN-EVALUATION`, the run has no evaluation; `DATA-SNAPSHOT`, its test set was cleaned away.
    """
    record = step.ledger.read_run(run_id, "evaluation.json", Evaluation)
    if record is None:
        raise configuration_error(
            "RUN-EVALUATION", "the run has no evaluation", "see `retune status`, and the run's failure", run_id
        )
    snapshot = read_snapshot(step.storage, f"{step.root}/snapshots/{record.dataset_sha256}/")
    with step.storage.open(snapshot.splits["test"].uri) as lines:
        examples = load_test_examples(lines, seed=record.seed, limit=record.rows)
    answers = [
        (one.system, join(examples, list(RowStore(step.storage, one.system.answers_uri).load(examples).values())))
        for one in record.systems
    ]
    return Reviewed(
        record, examples, answers, step.storage, step.ledger.run_uri(run_id, "reviews"), ratings_root(step.root)
    )


def reviewed_fields(step: Step, settings: EvaluationSettings, reviewed: Reviewed) -> Sequence[dict[str, Any]]:
    """What the side file says of the examples of a run."""
    snapshot = read_snapshot(step.storage, f"{step.root}/snapshots/{reviewed.record.dataset_sha256}/")
    return side_fields(step, snapshot, settings)[: len(reviewed.examples)]


def reviewed_folder(folder: Path) -> Reviewed:
    """The answers in a folder of `retune evaluate`; ratings are kept beside it, for later folders too.

    Raises:
        RetuneError: `RUN-EVALUATION`, the folder was written by an older version.
    """
    try:
        record = Evaluation.from_json((folder / EVALUATION).read_bytes())
        examples = [msgspec.json.decode(line, type=ExampleLine).example() for line in _lines(folder / EXAMPLES)]
        rows = [msgspec.json.decode(line, type=AnswerLine) for line in _lines(folder / ANSWERS)]
    except (OSError, msgspec.DecodeError) as error:
        raise configuration_error(
            "RUN-EVALUATION",
            "the folder does not hold a whole evaluation",
            "run `retune evaluate` again: answers are kept and not paid for twice",
            str(folder),
        ) from error
    answers = [
        (one.system, join(examples, [row for row in rows if row.model == one.system.model])) for one in record.systems
    ]
    root = folder.resolve()
    return Reviewed(record, examples, answers, LocalParts(), str(root / "reviews"), ratings_root(str(root.parent)))


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()
