"""Finds answers that were probably cut off."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from components.dataset_validation.checks.answer_tally import FormRows
from components.dataset_validation.engine.split_record import SplitRecord
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.findings.finding_log import FindingLog

OPEN_ENDS = frozenset(",;:-–—(［[{«“‚„&/+=、，；：（「『")
"""Characters after which a text goes on."""
MIN_ANSWERS = 20
FEW_SHARE = 0.1
"""Where more of the long answers end in one way, it is their form and no accident."""
PILE_FROM_CHARS = 200
PILE_FROM_ANSWERS = 5
PILE_SHARE = 0.01


def check_cut_off(records: Mapping[str, SplitRecord], log: FindingLog) -> None:
    """Find long answers that end in the middle of a sentence, and many answers that are equally long as the longest."""
    for split, record in records.items():
        ends = record.ends.ends
        total = sum(seen.count for seen in ends.values())
        if total >= MIN_ANSWERS:
            going_on = {end: seen for end, seen in ends.items() if end in OPEN_ENDS}
            in_a_word = {end: seen for end, seen in ends.items() if end.isalnum()}
            _log(log, split, record, "ends with a character after which a text goes on", going_on, total)
            _log(log, split, record, "ends without a final mark", in_a_word, total)
        _check_pile(log, split, record)


def _log(
    log: FindingLog, split: str, record: SplitRecord, what: str, found: Mapping[str, FormRows], total: int
) -> None:
    count = sum(seen.count for seen in found.values())
    if not 0 < count <= FEW_SHARE * total:
        return
    places = [record.place(row) for row in sorted(row for seen in found.values() for row in seen.rows)]
    problem = Problem("DATA-ANSWER-CUT", f"the answer {what}, as {count:,} of {total:,} long answers do")
    log.count_placed(split, "DATA-ANSWER-CUT", count, [(line, problem, file) for file, line in places])


def _check_pile(log: FindingLog, split: str, record: SplitRecord) -> None:
    """A limit leaves its mark: the longest answers all have the same length, and they are no repeated text."""
    lengths = record.answer_chars
    if lengths.max < PILE_FROM_CHARS or lengths.at_max < max(PILE_FROM_ANSWERS, PILE_SHARE * len(record)):
        return
    longest = [row for size, row in record.answer_extremes.largest if size == lengths.max]
    hashes = np.frombuffer(record.answers, np.uint64)
    if len({int(hashes[row]) for row in longest}) * 2 <= len(longest):
        return
    file, line = record.place(longest[0])
    message = f"{lengths.at_max:,} answers have exactly {lengths.max:,} characters, and none has more"
    log.add(split, line, Problem("DATA-ANSWER-PILE", message), file)
