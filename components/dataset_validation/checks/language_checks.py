"""Finds examples in another language than the rest, on a sample of the texts.

Languages are told by the Compact Language Detector 3, which loads in milliseconds. At this certainty and length it
named no other language among 3,000 English prompts of the banking77 dataset; JSON and labels are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from components.dataset_validation.engine.split_record import SplitRecord
from components.dataset_validation.engine.text_sample import KEPT_CHARS
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.findings.finding_log import FindingLog

MIN_SAMPLED = 200
"""With fewer different examples a share says little."""
MIN_CHARS = 40
LETTER_SHARE = 0.6
"""Texts with fewer letters are tables, code or figures."""
MIN_CERTAINTY = 0.97
FEW_SHARE = 0.1
MIN_FEW = 3
"""So many texts of a language must be in the sample before it is believed."""


class Spoken(NamedTuple):
    """The languages of one sampled example: ISO 639-1 codes, empty where nothing can be said.

    Attributes:
        row: The example's row.
        prompt: Language of the prompt.
        answer: Language of the answer.
    """

    row: int
    prompt: str
    answer: str


def spoken_in(record: SplitRecord) -> list[Spoken]:
    """The languages of the sampled examples of a split; none when the sample is too small."""
    sample = record.sample.examples()
    if len(sample) < MIN_SAMPLED:
        return []
    return [Spoken(one.row, language_of(one.prompt), language_of(one.answer)) for one in sample]


def language_shares(spoken: list[Spoken]) -> dict[str, float]:
    """The share of each language among the prompts in which one was recognised, the largest first."""
    counts = Counter(one.prompt for one in spoken if one.prompt)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {language: round(count / counts.total(), 4) for language, count in ranked}


def check_languages(records: Mapping[str, SplitRecord], spoken: Mapping[str, list[Spoken]], log: FindingLog) -> None:
    """Find languages that few examples have, answers in another language than their prompt, and untrained languages.

    Args:
        records: The splits.
        spoken: The languages of their samples.
        log: Takes the findings, one for each language and split.
    """
    trained = {one.prompt for one in spoken.get("train", [])}
    for split, sampled in spoken.items():
        record = records[split]
        known = [one for one in sampled if one.prompt]
        _log_few(log, split, record, known)
        both = [one for one in known if one.answer]
        mixed = [one._replace(prompt=f"{one.answer} to {one.prompt}") for one in both if one.answer != one.prompt]
        if MIN_FEW <= len(mixed) <= FEW_SHARE * len(both):
            message = f"the answer has another language than the prompt in {len(mixed)} of {len(both)} sampled examples"
            _log(log, split, record, "DATA-LANGUAGE-ANSWER", message, mixed[0].row)
        if split == "train" or not trained:
            continue
        for language, count in Counter(one.prompt for one in known if one.prompt not in trained).items():
            if count >= MIN_FEW:
                row = next(one.row for one in known if one.prompt == language)
                message = f"{count} of {len(known)} sampled prompts are in {language!r}, none of the training file's"
                _log(log, split, record, "DATA-LANGUAGE-UNSEEN", message, row)


def _log_few(log: FindingLog, split: str, record: SplitRecord, known: list[Spoken]) -> None:
    counts = Counter(one.prompt for one in known)
    if not counts:
        return
    usual, count = counts.most_common(1)[0]
    if count < (1 - FEW_SHARE) * len(known):
        return
    for language, few in sorted(counts.items()):
        if language != usual and few >= MIN_FEW:
            row = next(one.row for one in known if one.prompt == language)
            message = f"{few} of {len(known)} sampled prompts are in {language!r}, {count} in {usual!r}"
            _log(log, split, record, "DATA-LANGUAGE-MIXED", message, row)


def _log(log: FindingLog, split: str, record: SplitRecord, code: str, message: str, row: int) -> None:
    file, line = record.place(row)
    log.add(split, line, Problem(code, message), file)


def language_of(text: str) -> str:
    """The language of a text (ISO 639-1); empty for short ones, for JSON and code, and where there is doubt."""
    letters = sum(map(str.isalpha, text))
    if letters < LETTER_SHARE * len(text) or len(text) < MIN_CHARS or text.lstrip()[:1] in ("{", "["):
        return ""
    found = _identifier().FindLanguage(text=text)
    return str(found.language) if found.probability >= MIN_CERTAINTY else ""


@cache
def _identifier() -> Any:
    from gcld3 import NNetLanguageIdentifier

    return NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=4 * KEPT_CHARS)
