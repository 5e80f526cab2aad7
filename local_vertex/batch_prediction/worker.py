"""The process that answers a batch.

It writes the output lines to `answers.jsonl` beside the job file, in an order of its own: the service does not keep
that of the input either. Its messages are `{"event": "started", "lines"}`, `{"event": "progress", "successful",
"failed"}` from time to time, whenever everything counted is in the file, and `{"event": "done"}`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from local_vertex.batch_prediction.line_faults import LineFaults
from local_vertex.batch_prediction.lines import LineAnswers
from local_vertex.worker_process import report

ANSWERS = "answers.jsonl"
_REPORTED_AFTER = 500
"""Lines."""


def main(job_file: str) -> int:
    """Answer the batch that a job file describes and return the exit status.

    Args:
        job_file: JSON with `name`, `version`, `small`, `checkpoint` (or null for a base model), `files`, `fault` (or
            null) that every line meets, and `rules` that lines meet.
    """
    job: dict[str, Any] = json.loads(Path(job_file).read_bytes())
    answers = LineAnswers(_model(job), job["name"], job["version"])
    faults = LineFaults(job["name"], job["fault"], job["rules"])
    with ExitStack() as stack:
        files: list[BinaryIO] = [stack.enter_context(Path(file).open("rb")) for file in job["files"]]
        lines = [(file, start) for file in files for start in _starts(file)]
        # Seeded by the job: the same after a restart, another one in the next job.
        random.Random(job["name"]).shuffle(lines)  # noqa: S311 - no secret
        report("started", {"lines": len(lines)})
        _write(Path(job_file).with_name(ANSWERS), lines, answers, faults)
    report("done", {})
    return 0


def _model(job: dict[str, Any]) -> Any:
    # Here, because the server imports this module too, and starts without NumPy.
    if job["checkpoint"]:
        from local_vertex.learner.tuning import load_learner

        return load_learner(Path(job["checkpoint"]))
    from local_vertex.learner.untuned import Untuned

    return Untuned(stems=not job["small"])


def _starts(file: BinaryIO) -> Iterator[int]:
    """Where the lines that are not blank start."""
    start = 0
    for line in file:
        if line.strip():
            yield start
        start += len(line)


def _write(target: Path, lines: list[tuple[BinaryIO, int]], answers: LineAnswers, faults: LineFaults) -> None:
    counts = {"successful": 0, "failed": 0}
    with target.open("wb") as output:

        def tell() -> None:
            output.flush()
            report("progress", counts)

        for number, (file, start) in enumerate(lines, start=1):
            file.seek(start)
            record = answers.answered(file.readline(), faults.met(tell))
            output.write(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
            counts["failed" if record["status"] else "successful"] += 1
            if number % _REPORTED_AFTER == 0:
                tell()
        tell()
