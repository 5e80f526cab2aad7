"""The checks that need a whole split or several of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from components.dataset_validation.checks.answer_tally import TEXT, FormLines, form_name
from components.dataset_validation.checks.repetition import Repeat, Shared, conflicts, duplicates, shared_prompts
from components.dataset_validation.checks.split_record import SplitRecord
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.findings.finding_log import KEPT_PER_RULE, FindingLog
from components.dataset_validation.settings import ValidationSettings

Records = Mapping[str, SplitRecord]


def check_repetition(records: Records, log: FindingLog) -> None:
    """Find examples that occur twice in a split, and prompts with several answers."""
    for split, record in records.items():
        _log_repeats(log, split, "DATA-DUPLICATE", "the same example as line {}", duplicates(record))
        _log_repeats(log, split, "DATA-CONFLICT", "the prompt of line {} with another answer", conflicts(record))


def _log_repeats(log: FindingLog, split: str, code: str, message: str, repeats: list[Repeat]) -> None:
    first = [(one.line, Problem(code, message.format(one.first_line))) for one in repeats[:KEPT_PER_RULE]]
    log.count(split, code, len(repeats), first)


def check_leakage(records: Records, settings: ValidationSettings, log: FindingLog) -> None:
    """Find prompts of the validation and test split that the tuning job also sees elsewhere."""
    leaked: set[int] = set()
    for split, other, code in (
        ("validation", "train", "DATA-LEAK-VALIDATION"),
        ("test", "train", "DATA-LEAK-TEST"),
        ("test", "validation", "DATA-LEAK-TEST"),
    ):
        if split not in records or other not in records:
            continue
        shared = shared_prompts(records[split], records[other])
        first = [(one.line, Problem(code, _leak_message(one, other))) for one in shared[:KEPT_PER_RULE]]
        log.count(split, code, len(shared), first)
        if split == "test":
            leaked.update(one.line for one in shared)
    if leaked and len(leaked) > settings.max_test_leakage * len(records["test"]):
        share = len(leaked) / len(records["test"])
        allowed = settings.max_test_leakage
        message = f"{share:.1%} of the test prompts are also given to the tuning job, {allowed:.1%} is allowed"
        log.add("test", 0, Problem("DATA-LEAK-TEST-SHARE", message))


def _leak_message(shared: Shared, other: str) -> str:
    likeness = "identical to" if shared.exact else "alike but for case, spacing or system instruction:"
    return f"the prompt is {likeness} line {shared.other_line} of the {other} file"


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
                _log_lines(log, split, "DATA-ANSWER-FORMAT", message, seen)


def _log_lines(log: FindingLog, split: str, code: str, message: str, seen: FormLines) -> None:
    log.count(split, code, seen.count, [(line, Problem(code, message)) for line in seen.lines])


def check_media_resolution(records: Records, log: FindingLog) -> None:
    """Find out whether all lines agree on one mediaResolution (the video page demands it over all files)."""
    first: tuple[str, str] | None = None
    for split, record in records.items():
        for resolution, line in record.resolutions.items():
            if first is None:
                first = (resolution, f"line {line} of the {split} file")
            elif resolution != first[0]:
                message = f"mediaResolution {resolution or 'is missing'}; {first[1]} has {first[0] or 'none'}"
                log.add(split, line, Problem("DATA-MEDIA-RESOLUTION-MIXED", message))
