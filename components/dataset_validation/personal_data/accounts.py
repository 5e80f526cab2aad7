"""Payment cards and bank accounts, by their check digits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from components.dataset_validation.personal_data import checksums
from components.dataset_validation.personal_data.pattern import Span, digits_of

_CARD = re.compile(
    r"[2-6](?<![\w.].)(?:\d{3}([ -])\d{4}\1\d{4}\1\d{4}|\d{3}([ -])\d{6}\2\d{4,5}|\d{13,18})(?![\w-]|\.\d)",
    re.ASCII,
)
_ISSUERS = re.compile(
    r"4\d{15}|4\d{18}|(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)\d*|3[47]\d{13}|(?:6011|64[4-9]|65)\d*|"
    r"(?:36|38|30[0-5])\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}",
    re.ASCII,
)
_TEST_CARDS = (
    "4111111111111111 4012888888881881 4242424242424242 4000056655665556 4000000000000002 5555555555554444 "
    "5105105105105100 5200828282828210 2223003122003222 378282246310005 371449635398431 6011111111111117 "
    "6011000990139424 6011981111111113 3056930009020004 36227206271667 30569309025904 38520000023237 "
    "3566002020360505 3530111333300000 6200000000000005"
)
"""Numbers that Stripe's and PayPal's pages on testing give, and that no bank issues."""

_IBAN_START = re.compile(r"[A-Z](?<![A-Za-z0-9].)[A-Z]\d{2}(?= ?[A-Z0-9]{4})", re.ASCII)
_IBAN_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
"""Countries of SWIFT's IBAN registry by the length of their IBANs."""
_IBAN_LENGTHS = {country: length for length, countries in _IBAN_COUNTRIES.items() for country in countries.split()}
_EXAMPLE_IBANS = (
    "DE89370400440532013000 GB29NWBK60161331926819 GB82WEST12345698765432 GB33BUKB20201555555555 "
    "FR1420041010050500013M02606 NL91ABNA0417164300 ES9121000418450200051332 IT60X0542811101000000123456 "
    "AT611904300234573201 BE68539007547034 CH9300762011623852957 NO9386011117947 PL61109010140000071219812874 "
    "BE71096123456769 FR7630006000011234567890189 DE91100000000123456789 ES7921000813610123456789"
)
"""Examples of SWIFT's IBAN registry and of widely read pages."""


def cards(text: str) -> Iterator[Span]:
    """Where numbers of payment cards stand."""
    for match in _CARD.finditer(text):
        digits = digits_of(match[0])
        if _is_issued(digits) and digits not in _TEST_CARDS.split() and len(set(digits)) > 3 and checksums.luhn(digits):
            yield match.span()


def _is_issued(digits: str) -> bool:
    if _ISSUERS.fullmatch(digits) is None:
        return False
    return len(digits) == 16 or digits[0] in "34" or digits.startswith("62")


def ibans(text: str) -> Iterator[Span]:
    """Where bank accounts stand."""
    for match in _IBAN_START.finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2])
        if length is None:
            continue
        stop, iban = match.start(), ""
        while len(iban) < length and stop < len(text):
            char = text[stop]
            if char.isascii() and (char.isdigit() or char.isupper()):
                iban += char
            elif char != " " or len(iban) % 4:
                break
            stop += 1
        whole = len(iban) == length and not text[stop : stop + 1].isalnum()
        if whole and iban not in _EXAMPLE_IBANS.split() and checksums.mod_97(iban):
            yield match.start(), stop
