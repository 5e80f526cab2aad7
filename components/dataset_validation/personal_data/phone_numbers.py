"""Telephone numbers in international form, in the form `(415) 555-2671`, or with a word that says what they are.

Country codes: ITU-T E.164. Numbers for examples and films are no findings: 555 in North America (NANPA), and what the
regulators of the United Kingdom (Ofcom), France (Arcep), Germany (Bundesnetzagentur) and Australia (ACMA) reserve.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from components.dataset_validation.personal_data.pattern import Pattern, Span, digits_of, expression

_COUNTRY = re.compile(
    r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-689]\d|3[578]\d|42\d|5[09]\d|6[789]\d|8[05789]\d|9[679]\d"
)
_INTERNATIONAL = re.compile(r"\+(?<![\w+]\+)[1-9][\d ()./-]{6,24}\d(?!\w)", re.ASCII)
_AMERICAN = r"\((?<![\w)-]\()[2-9]\d\d\) ?\d{3}[-. ]\d{4}(?![\w-])"
_MARKS = ("phone", "tel", "mobile", "mobil", "handy", "whatsapp", "fax")
_MARKED = (
    # Numbers behind iPhone, microphone, headphone and earphone are models.
    r"(?i:(?:phone(?<![iodr]phone)|tel(?:efono?)?(?<![a-z]tel)(?<![a-z]telefon)(?<![a-z]telefono)|"
    r"(?:mobile?|handy|whatsapp|fax)(?<![a-z]mobile)(?<![a-z]mobil)(?<![a-z]handy)(?<![a-z]whatsapp)(?<![a-z]fax))"
    r"(?:[ _-]?(?:no|nr|num|number|nummer|num\u00e9ro))?(?:\.\s|\.?[\s\"']{0,4}[:=#]|\s{1,2}is\s)[\s\"']{0,5})"
    r"(?P<value>[+(]?\d[\d ()./-]{5,24}\d)(?!\w)"
)
_DATE = re.compile(r"(?:19|20)\d\d[-./ ]?[01]\d[-./ ]?[0-3]\d|[0-3]?\d[-./][01]?\d[-./](?:19|20)\d\d")
_RESERVED = (
    *("441632960", "442079460", "443069990", "447700900", "448081570", "449098790"),
    *("3319900", "3326191", "3335301", "3346571", "3353649", "3363998"),
    *("493023125", "494066969", "496990009", "492214710", "498999998", "4917139200"),
    *("6125550", "6127010", "6135550", "6137010", "6175550", "6177010", "6185550", "6187010", "61491570"),
)


def _international(text: str) -> Iterator[Span]:
    for match in _INTERNATIONAL.finditer(text):
        stop = _end(match[0])
        if _is_international(digits_of(match[0][:stop])):
            yield match.start(), match.start() + stop


def _end(number: str) -> int:
    """Where a number of at most 15 digits ends; what follows after a space is another number."""
    stop = len(number)
    while len(digits_of(number[:stop])) > 15 and " " in number[:stop]:
        stop = number.rindex(" ", 0, stop)
    return stop


def _is_international(digits: str) -> bool:
    country = _COUNTRY.match(digits)
    if country is None or not 9 <= len(digits) <= 15 or digits.startswith(_RESERVED):
        return False
    national = digits[country.end() :]
    return _is_american(national) if country[0] == "1" else _is_random(national)


def _is_american(digits: str) -> bool:
    if len(digits) != 10 or digits[0] in "01" or digits[3] in "01" or digits[3:6] == "555":
        return False
    return _is_random(digits)


def _is_national(number: str) -> bool:
    digits = digits_of(number)
    if not 7 <= len(digits) <= 15 or _DATE.fullmatch(number) or digits.startswith("555") or digits[3:6] == "555":
        return False
    bare = digits.lstrip("0")
    if digits.startswith(_RESERVED) or bare.startswith((*_RESERVED, *(one[2:] for one in _RESERVED))):
        return False
    return _is_random(digits)


def _is_random(digits: str) -> bool:
    """Whether the digits are not made up at the keyboard, as 000 000 and 1234567 are."""
    return len(set(digits)) > 3 and "1234567" not in digits


def _phone(spans: Callable[[str], Iterator[Span]], *words: str) -> Pattern:
    return Pattern("a telephone number", "DATA-PERSONAL", spans, words, numeric=True)


PHONE_NUMBERS = (
    _phone(_international, "+"),
    _phone(expression(_AMERICAN, lambda found: _is_american(digits_of(found))), "("),
    _phone(expression(_MARKED, _is_national, _MARKS), *_MARKS),
)
"""International, American, and marked with a word."""
