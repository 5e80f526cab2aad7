"""The checks that need a whole split or several of them."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping

from components.dataset_validation.checks.answer_tally import TEXT, FormRows, form_name
from components.dataset_validation.checks.repetition import first_rows, repeats
from components.dataset_validation.engine.split_record import SplitRecord
from components.dataset_validation.findings.finding import Problem, shown
from components.dataset_validation.findings.finding_log import KEPT_PER_RULE, FindingLog
from components.dataset_validation.settings import ValidationSettings

Records = Mapping[str, SplitRecord]


def check_repetition(records: Records, log: FindingLog) -> None:
    """Find examples that occur twice in a split, and prompts with several answers."""
    for split, record in records.items():
        found = repeats(record)
        _log_repeats(log, split, record, "DATA-DUPLICATE", "the same example as {}", found.duplicates)
        _log_repeats(log, split, record, "DATA-CONFLICT", "the prompt of {} with another answer", found.conflicts)


def _log_repeats(
    log: FindingLog, split: str, record: SplitRecord, code: str, message: str, found: list[tuple[int, int]]
) -> None:
    first = []
    for row, earlier in found[:KEPT_PER_RULE]:
        (file, line), (other_file, other_line) = record.place(row), record.place(earlier)
        other = f"line {other_line}" if other_file == file else f"line {other_line} of {other_file.rsplit('/', 1)[-1]}"
        problem = Problem(code, message.format(other), other=(other_file, other_line))
        first.append((line, problem, file))
    log.count_placed(split, code, len(found), first)


def check_leakage(records: Records, settings: ValidationSettings, log: FindingLog) -> None:
    """Find prompts of the validation and test split that the tuning job also sees elsewhere.

    Args:
        records: The splits.
        settings: How many test prompts may leak.
        log: Takes the findings.
    """
    leaked: set[int] = set()
    for split, other, code in (
        ("validation", "train", "DATA-LEAK-VALIDATION"),
        ("test", "train", "DATA-LEAK-TEST"),
        ("test", "validation", "DATA-LEAK-TEST"),
    ):
        if split not in records or other not in records:
            continue
        ours, theirs = records[split], records[other]
        alike = theirs.found if other == "train" else first_rows(theirs.prompts, ours.prompts)
        rows = [row for row, prompt in enumerate(ours.prompts) if prompt in alike]
        identical = first_rows(theirs.contexts, array("Q", [ours.contexts[row] for row in rows]))
        first = []
        for row in rows[:KEPT_PER_RULE]:
            file, line = ours.place(row)
            same = identical.get(ours.contexts[row])
            other_file, other_line = theirs.place(alike[ours.prompts[row]] if same is None else same)
            likeness = "alike but for case, spacing or system instruction:" if same is None else "identical to"
            named = f"the {other} file" if len(theirs.files) == 1 else other_file
            message = f"the prompt is {likeness} line {other_line} of {named}"
            first.append((line, Problem(code, message, other=(other_file, other_line)), file))
        log.count_placed(split, code, len(rows), first)
        if split == "test":
            leaked.update(rows)
    if leaked and len(leaked) > settings.max_test_leakage * len(records["test"]):
        share = len(leaked) / len(records["test"])
        allowed = settings.max_test_leakage
        message = f"{share:.1%} of the test prompts are also given to the tuning job, {allowed:.1%} is allowed"
        log.add("test", 0, Problem("DATA-LEAK-TEST-SHARE", message))


def check_answer_forms(records: Records, settings: ValidationSettings, log: FindingLog) -> None:
    """Find answers that break the JSON form that most answers of all splits have."""
    totals: Counter[tuple[str, ...]] = Counter()
    for record in records.values():
        totals.update({form: seen.count for form, seen in record.tally.forms.items()})
    if not totals:
        return
    usual, count = totals.most_common(1)[0]
    if usual == TEXT or count < settings.answer_form_share * totals.total():
        return
    for split, record in records.items():
        for form, seen in record.tally.forms.items():
            if form != usual:
                message = f"the answer is {form_name(form)}; {count} of {totals.total()} are {form_name(usual)}"
                _log_rows(log, split, record, "DATA-ANSWER-FORMAT", message, seen)


def check_field_types(records: Records, settings: ValidationSettings, log: FindingLog) -> None:
    """Find values of JSON answers that have another type than the same field has in most answers; null is any type."""
    types = {split: record.tally.field_types() for split, record in records.items()}
    totals: dict[str, Counter[str]] = {}
    for fields in types.values():
        for key, found in fields.items():
            totals.setdefault(key, Counter()).update({name: n.count for name, n in found.items() if name != "null"})
    for key, counts in totals.items():
        usual, count = max(counts.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        if len(counts) < 2 or count < settings.answer_form_share * counts.total():
            continue
        for split, fields in types.items():
            for name, seen in fields.get(key, {}).items():
                if name in counts and name != usual:
                    message = f"{shown(key)} is {name}; in {count:,} of {counts.total():,} answers it is {usual}"
                    seen.rows = sorted(seen.rows)[:KEPT_PER_RULE]
                    _log_rows(log, split, records[split], "DATA-ANSWER-FORMAT", message, seen)


def _log_rows(log: FindingLog, split: str, record: SplitRecord, code: str, message: str, seen: FormRows) -> None:
    places = [record.place(row) for row in seen.rows]
    log.count_placed(split, code, seen.count, [(line, Problem(code, message), file) for file, line in places])


def check_media_resolution(records: Records, log: FindingLog) -> None:
    """Find out whether all lines agree on one mediaResolution (the video page demands it over all files)."""
    first: tuple[str, str] | None = None
    for split, record in records.items():
        for resolution, row in record.resolutions.items():
            file, line = record.place(row)
            if first is None:
                first = (resolution, f"line {line} of the {split} file")
            elif resolution != first[0]:
                message = f"mediaResolution {resolution or 'is missing'}; {first[1]} has {first[0] or 'none'}"
                log.add(split, line, Problem("DATA-MEDIA-RESOLUTION-MIXED", message), file)
