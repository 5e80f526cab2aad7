"""Identity numbers of persons that have check digits; most count only behind a word that says what they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from components.dataset_validation.personal_data import checksums
from components.dataset_validation.personal_data.pattern import Pattern, Span, digits_of, expression

_CHINA = r"[1-8](?<!\w.)\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\w)"
_BRAZIL = r"[0-9](?<![\w.].)\d{2}\.\d{3}\.\d{3}-\d\d(?![\w-])"
# The Social Security Administration gives no area 000, 666 or 900 and above; the others were printed in advertisements.
_UNITED_STATES = (
    r"(?!000|666|9|123-?45-?6789|078-?05-?1120|219-?09-?9999)"
    r"[0-9]{3}(?P<gap>[ -]?)(?!00)[0-9]{2}(?P=gap)(?!0000)[0-9]{4}"
)


def _id(spans: Callable[[str], Iterator[Span]], *words: str) -> Pattern:
    return Pattern("an identity number", "DATA-PERSONAL", spans, words, numeric=True)


def _marked(mark: str, value: str, accepts: Callable[[str], bool], *words: str) -> Pattern:
    """An identity number at most 24 characters behind its mark; `words` stand in for the mark where it is no word."""
    spans = expression(
        rf"(?i:{mark})[^\n]{{0,24}}?(?<!\w)(?P<value>{value})(?!\w)",
        lambda found: accepts(re.sub(r"\W", "", found)),
    )
    return _id(spans, *words)


IDENTITY_NUMBERS = (
    _id(expression(_CHINA, checksums.china)),
    _id(expression(_BRAZIL, lambda found: checksums.brazil(digits_of(found)))),
    _marked(r"\bCPF\b", r"[0-9]{11}", checksums.brazil, "cpf"),
    _marked(r"\b(?:DNI|NIE|NIF)\b", r"(?:[0-9]{8}|[XYZ][0-9]{7})-?[A-Z]", checksums.spain, "dni", "nie", "nif"),
    _marked(
        r"\bcodice fiscale\b|\bfiscal code\b",
        r"[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]",
        checksums.italy,
        "fiscal",
    ),
    _marked(r"\bPESEL\b", r"[0-9]{11}", checksums.poland, "pesel"),
    _marked(
        r"\bNIR\b|s.curit. sociale",
        r"[12] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}",
        checksums.france,
        *("nir", "sociale"),
    ),
    _marked(r"\bBSN\b|burgerservicenummer", r"[0-9]{9}", checksums.netherlands, "bsn", "burgerservicenummer"),
    _marked(
        r"steuer-?id\w{0,24}|steuerliche identifikationsnummer",
        r"[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}",
        checksums.germany,
        "steuer",
    ),
    _marked(r"\baadhaar\b", r"[2-9][0-9]{3} ?[0-9]{4} ?[0-9]{4}", checksums.india, "aadhaar"),
    _marked(r"\bSSN\b|social security", _UNITED_STATES, bool, "ssn", "social security"),
)
"""China, Brazil, Spain, Italy, Poland, France, the Netherlands, Germany, India and the United States."""
