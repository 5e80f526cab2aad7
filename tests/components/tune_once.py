"""Tunes one candidate as the pipeline's task does: the process that a test kills or tells to end."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from components.errors import RetuneError
from components.step import open_step
from components.supervised_tuning.tune import tune_candidate
from tests.components.tuning_line import write_plan


def main() -> None:
    config, train_uri, fingerprint, run_id = sys.argv[1:]
    step = open_step(config, run_id)
    plan, snapshot = write_plan(step, train_uri, fingerprint)
    with tempfile.TemporaryDirectory() as folder:
        try:
            record = tune_candidate(step, fingerprint, plan, snapshot, str(Path(folder) / "gcp_resources"))
            print(record.model)
        except RetuneError as error:
            print(error)


if __name__ == "__main__":
    main()
