"""Private keys, tokens, passwords in addresses, and values that are named as secret and look random."""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Iterator
from math import log2

from components.dataset_validation.personal_data.pattern import IS, Span, expression

_PLACEHOLDER = re.compile(
    r"example|placeholder|changeme|change_me|redacted|dummy|sample|your[-_]|my[-_]?(?:secret|password)|xxx|\*\*\*|"
    r"\.\.\.|1234567|abcdefg|deadbeef|<|\{|\$\(|%s",
    re.IGNORECASE,
)


def entropy(text: str) -> float:
    """Shannon's entropy of the characters, in bits a character."""
    return sum(count / len(text) * log2(len(text) / count) for count in Counter(text).values())


def is_random(value: str, bits: float = 3.0) -> bool:
    """Whether a value is neither a placeholder nor below so many bits of entropy a character."""
    return _PLACEHOLDER.search(value) is None and entropy(value) >= bits


_IDENTIFIER = re.compile(r"[A-Za-z_][\w.]*[A-Za-z_]", re.ASCII)


def is_password(value: str) -> bool:
    """Whether a value that is named as secret looks like one: a digit, three kinds of characters, and random.

    Names in code, such as `next_page_token_1.value`, have words in them, few digits, and none at the end.
    """
    if _IDENTIFIER.fullmatch(value) and re.search("[a-z]{5}", value) and len(re.findall("[0-9]+", value)) < 3:
        return False
    kinds = (str.isdigit, str.islower, str.isupper, lambda char: not char.isalnum())
    mixed = sum(any(map(kind, value)) for kind in kinds)
    return mixed >= 3 and any(map(str.isdigit, value)) and is_random(value, 2.75) and "://" not in value


_KEY_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = re.compile(r"[A-Za-z0-9+/]{30}")
_KEY_HEAD_CHARS = 400


def private_keys(text: str) -> Iterator[Span]:
    """Where blocks of private keys stand, up to their end or that of the text; a header without a key is none."""
    begin = _KEY_BEGIN.search(text)
    while begin is not None:
        end = _KEY_END.search(text, begin.end())
        stop = end.end() if end is not None else len(text)
        if _KEY_BODY.search(text, begin.end(), min(stop, begin.end() + _KEY_HEAD_CHARS)):
            yield begin.start(), stop
        begin = _KEY_BEGIN.search(text, stop)


_JWT = expression(r"eyJ(?<![A-Za-z0-9_-]eyJ)[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}")


def web_tokens(text: str) -> Iterator[Span]:
    """Where signed JSON web tokens stand (RFC 7519); not the one of jwt.io, which all tutorials show."""
    for start, stop in _JWT(text):
        header = text[start : text.index(".", start)]
        try:
            names_algorithm = b'"alg"' in urlsafe_b64decode(header + "=" * (-len(header) % 4))
        except (binascii.Error, ValueError):
            continue
        if names_algorithm and ".eyJzdWIiOiIxMjM0NTY3ODkwIi" not in text[start:stop]:
            yield start, stop


_USERINFO = re.compile(r"[^\s/@\"'<>:]{0,64}:([^\s/@\"'<>]{3,128})@([A-Za-z0-9.-]{1,253})")
_NO_HOST = re.compile(
    r"localhost|127\.|0\.0\.0\.0|(?:.*\.)?example(?:\.\w+)?$|host(?:name)?$|(?:.*\.)?test$", re.IGNORECASE
)
_NO_PASSWORD = re.compile(
    r"(?:pass(?:word|wd)?|pwd|pw|secret|user(?:name)?|postgres|root|admin|guest|test|token)\d{0,3}", re.IGNORECASE
)


def connection_strings(text: str) -> Iterator[Span]:
    """Where passwords stand in addresses (RFC 3986, `scheme://user:password@host`), but for placeholders."""
    at = text.find("://")
    while at >= 0:
        match = _USERINFO.match(text, at + 3)
        if match is not None and not (
            _NO_HOST.match(match[2]) or _NO_PASSWORD.fullmatch(match[1]) or _PLACEHOLDER.search(match[1])
        ):
            yield at + 3, match.end(1)
        at = text.find("://", at + 3)


bearer_tokens = expression(r"(?i:bearer)\s{1,3}(?P<value>[A-Za-z0-9._~+/-]{20,4000})", is_password, ("bearer",))
"""Where bearer tokens stand (RFC 6750)."""

PASSWORD_WORDS = (
    *("password", "passwd", "passwort", "passphrase", "pwd", "secret", "token", "kennwort", "contrase\u00f1a"),
    *(f"{word}{gap}key" for word in ("api", "access", "secret") for gap in ("", "_", "-", " ")),
)
"""One of these words stands before a secret that has no form of its own."""

assignments = expression(
    rf"(?i:{'|'.join(reversed(PASSWORD_WORDS))})" + IS + r"(?P<value>[^\s\"'`,;<>{}()\[\]]{8,200})",
    is_password,
    PASSWORD_WORDS,
)
"""Where values stand that are named as secret."""

bot_tokens = expression(r":AA(?<=[0-9]{8}:AA)[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])", is_random, (":aa",))
"""Where tokens of Telegram's bots stand (https://core.telegram.org/bots/api#authorizing-your-bot)."""

key_ids = expression("private_key_id" + IS + r"(?P<value>[0-9a-f]{40})(?![0-9a-f])", is_random)
"""Where the identifiers stand that the JSON file of a service account holds beside its key."""
