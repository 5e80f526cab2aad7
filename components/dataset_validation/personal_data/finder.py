"""Finds likely personal data and secrets in a text, and takes them out of texts that are shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from components.dataset_validation.personal_data.accounts import cards, ibans
from components.dataset_validation.personal_data.identity_numbers import IDENTITY_NUMBERS
from components.dataset_validation.personal_data.pattern import Pattern
from components.dataset_validation.personal_data.people import BIRTH_WORDS, birth_dates, ip_addresses, mail_addresses
from components.dataset_validation.personal_data.phone_numbers import PHONE_NUMBERS
from components.dataset_validation.personal_data.secret_patterns import (
    PASSWORD_WORDS,
    assignments,
    bearer_tokens,
    bot_tokens,
    connection_strings,
    key_ids,
    private_keys,
    web_tokens,
)
from components.dataset_validation.personal_data.service_keys import SERVICE_KEYS

PATTERNS: tuple[Pattern, ...] = (
    Pattern("a private key", "DATA-SECRET", private_keys, ("private key",)),
    Pattern("a JSON web token", "DATA-SECRET", web_tokens, ("eyj",)),
    *SERVICE_KEYS,
    Pattern("a Telegram bot token", "DATA-SECRET", bot_tokens, (":aa",)),
    Pattern("the key of a service account", "DATA-SECRET", key_ids, ("private_key_id",)),
    Pattern("a password in an address", "DATA-SECRET", connection_strings, ("@",)),
    Pattern("a bearer token", "DATA-SECRET", bearer_tokens, ("bearer",)),
    Pattern("a password or key", "DATA-SECRET", assignments, PASSWORD_WORDS),
    Pattern("an e-mail address", "DATA-PERSONAL", mail_addresses, ("@",)),
    Pattern("a bank account (IBAN)", "DATA-PERSONAL", ibans, numeric=True),
    Pattern("a payment card number", "DATA-PERSONAL", cards, numeric=True),
    *IDENTITY_NUMBERS,
    *PHONE_NUMBERS,
    Pattern("a date of birth", "DATA-PERSONAL", birth_dates, BIRTH_WORDS),
    Pattern("an IP address", "DATA-PERSONAL", ip_addresses, numeric=True),
)
"""Every kind of value; of two that overlap, the first names them."""

NUMBER = r"[0-9](?:[0-9 .()/-]{5,}[0-9]|[0-9a-fA-F]{3}:[0-9a-fA-F:]|[0-9][A-Z][0-9]{2}[A-Z][0-9]{3}|[0-9]{6}-?[A-Z])"
"""A row of digits, spaces and marks; the beginning of an IPv6 address; the ends of identity numbers with letters."""
_NUMBER = re.compile(NUMBER)
_WORDS = tuple(dict.fromkeys(word for pattern in PATTERNS for word in pattern.words))
_ESCAPE = re.compile(r"\\[nrtbf\"/\\]")


@dataclass(frozen=True)
class Match:
    """A likely value.

    Attributes:
        pattern: What it is.
        start: Its first character in the text.
        stop: The character after its last.
    """

    pattern: Pattern
    start: int
    stop: int


def find(text: str) -> list[Match]:
    """The likely personal data and secrets of a text in their order; what overlaps is one of the first kind."""
    lowered = text.lower()
    numeric = _NUMBER.search(text) is not None
    present = {word for word in _WORDS if word in lowered}
    asked = [
        (rank, one)
        for rank, one in enumerate(PATTERNS)
        if (numeric or not one.numeric) and (not one.words or not present.isdisjoint(one.words))
    ]
    if not asked:
        return []
    # Texts that hold code or JSON have escapes; as white space they separate what they separate there.
    plain = _ESCAPE.sub("  ", text) if "\\" in text else text
    found: list[tuple[int, int, int]] = []
    for start, stop, rank in sorted((*span, rank) for rank, one in asked for span in one.spans(plain)):
        if found and start < found[-1][1]:
            before = found[-1]
            found[-1] = before[0], max(before[1], stop), min(before[2], rank)
        else:
            found.append((start, stop, rank))
    return [Match(PATTERNS[rank], start, stop) for start, stop, rank in found]


def mask(text: str) -> str:
    """The text with the kind of every likely value in its place, such as `[an e-mail address]`."""
    pieces, last = [], 0
    for match in find(text):
        pieces += [text[last : match.start], f"[{match.pattern.kind}]"]
        last = match.stop
    return "".join([*pieces, text[last:]]) if pieces else text
