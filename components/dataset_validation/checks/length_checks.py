"""Finds prompts and answers whose length is out of the ordinary."""

from __future__ import annotations

from collections.abc import Mapping

from components.dataset_validation.engine.extremes import Extremes, Sized
from components.dataset_validation.engine.histogram import Histogram, counted_as
from components.dataset_validation.engine.split_record import SplitRecord
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.findings.finding_log import FindingLog

MIN_EXAMPLES = 100
"""With fewer examples nothing is ordinary."""
DEVIATIONS = 5.0
USUAL_FACTOR = 8.0
"""Lengths within this factor of the median are ordinary however alike the others are."""
FEW_SHARE = 0.02
"""What more examples than this have is another kind of example."""


def check_lengths(records: Mapping[str, SplitRecord], log: FindingLog) -> None:
    """Find lengths more than five robust standard deviations from the median of their split, on a logarithmic scale.

    Lengths of texts are about lognormal, so among examples of one kind there are hardly any.
    """
    for split, record in records.items():
        if len(record) < MIN_EXAMPLES:
            continue
        _check(log, split, record, "prompt", record.prompt_chars, record.prompt_extremes)
        _check(log, split, record, "answer", record.answer_chars, record.answer_extremes)


def _check(log: FindingLog, split: str, record: SplitRecord, name: str, lengths: Histogram, extremes: Extremes) -> None:
    low, high = lengths.usual_range(DEVIATIONS, USUAL_FACTOR)
    shorter, longer = lengths.outside(low, high)
    short = [one for one in extremes.smallest if counted_as(one[0]) < low]
    long = [one for one in extremes.largest if counted_as(one[0]) > high]
    median = lengths.percentile(50)
    code = "DATA-ANSWER-SHORT" if name == "answer" else "DATA-LENGTH-OUTLIER"
    for rule, count, found in ((code, shorter, short), ("DATA-LENGTH-OUTLIER", longer, long)):
        if count <= FEW_SHARE * len(record):
            log.count_placed(split, rule, count, [_problem(record, rule, name, one, median) for one in found])


def _problem(record: SplitRecord, code: str, name: str, found: Sized, median: int) -> tuple[int, Problem, str]:
    size, row = found
    file, line = record.place(row)
    return line, Problem(code, f"the {name} has {size:,} characters; the median is {median:,}"), file
