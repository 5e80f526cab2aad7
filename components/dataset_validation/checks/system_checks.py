"""The checks of system instructions over whole splits."""

from __future__ import annotations

from collections.abc import Mapping

from components.dataset_validation.engine.chunk_result import SYSTEMS_PLACED
from components.dataset_validation.engine.split_record import SplitRecord
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.findings.finding_log import FindingLog

USUAL_SHARE = 0.9


def check_systems(records: Mapping[str, SplitRecord], log: FindingLog) -> None:
    """Find system instructions that few examples of a split have, or that the training split does not have.

    With more than twenty different ones they are part of the data and not a setting.
    """
    train = records.get("train")
    for split, record in records.items():
        if not 0 < len(record.systems) < SYSTEMS_PLACED:
            continue
        usual, count = record.systems.most_common(1)[0]
        if count >= USUAL_SHARE * len(record):
            first = []
            for system, row in record.system_rows.items():
                if system != usual:
                    file, line = record.place(row)
                    message = f"{record.systems[system]:,} example(s) have this system instruction; {count:,} another"
                    first.append((line, Problem("DATA-SYSTEM-MIXED", message, "systemInstruction"), file))
            log.count_placed(split, "DATA-SYSTEM-MIXED", len(first), first)
        if train is None or split == "train" or len(train.systems) >= SYSTEMS_PLACED:
            continue
        unseen = record.systems.keys() - train.systems.keys()
        if unseen:
            examples = sum(record.systems[system] for system in unseen)
            message = f"{examples:,} example(s) have a system instruction that no training example has"
            file, line = record.place(min(record.system_rows[system] for system in unseen))
            log.add(split, line, Problem("DATA-SYSTEM-UNSEEN", message, "systemInstruction"), file)
