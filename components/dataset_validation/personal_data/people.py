"""E-mail addresses, IP addresses and dates of birth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from components.dataset_validation.personal_data.pattern import Span, expression

_LOCAL_CHARS = 64
_LOCAL = re.compile(r"[A-Za-z0-9._%+'-]*[A-Za-z0-9_%+-]")
_NOT_LOCAL = re.compile(r"[^A-Za-z0-9._%+'-]")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,8}([A-Za-z]{2,24})(?![A-Za-z0-9-])")
_RESERVED_DOMAIN = re.compile(r"(?:^|\.)(?:example(?:\.\w+)?|test|invalid|localhost|local|internal)$", re.IGNORECASE)
_FILE_ENDINGS = frozenset(("png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "html", "py", "json", "md"))
_ROLES = (
    "info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp "
    "noreply no-reply no_reply donotreply do-not-reply mailer-daemon git password "
    "user username name email someone you your.name yourname john.doe jane.doe first.last firstname.lastname"
)
"""Mailboxes of roles (RFC 2142), machines and forms, which are nobody's."""


def mail_addresses(text: str) -> Iterator[Span]:
    """Where addresses of persons stand; domains for examples (RFC 2606, RFC 6761) and roles are left out."""
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        if domain is not None:
            local = _NOT_LOCAL.split(text[max(0, at - _LOCAL_CHARS) : at])[-1].lstrip(".%+'-")
            if _LOCAL.fullmatch(local) and _is_person(local, domain):
                yield at - len(local), domain.end()
        at = text.find("@", at + 1)


def _is_person(local: str, domain: re.Match[str]) -> bool:
    if local.lower() in _ROLES.split() or domain[1].lower() in _FILE_ENDINGS or _RESERVED_DOMAIN.search(domain[0]):
        return False
    return any(char.isalpha() for char in domain[0][: domain.start(1) - domain.start()])


_IPV4 = re.compile(r"[0-9](?<![\w.-].)\d{0,2}\.(?:\d{1,3}\.){2}\d{1,3}(?![\w-]|\.\d)", re.ASCII)
_IPV6 = re.compile(r"[23](?<![\w:.].)[0-9A-Fa-f]{3}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])", re.ASCII)
_RESOLVERS = ("149.112.112.112", "208.67.222.222", "208.67.220.220")
"""Name servers that everyone names; 8.8.8.8 and its like pass for versions."""
_VERSION = re.compile(r"(?:\bv|version|release|build)[ :=\"']*\Z", re.IGNORECASE)


def ip_addresses(text: str) -> Iterator[Span]:
    """Where public IP addresses stand; neither private ones nor those for documentation (RFC 5737, RFC 3849).

    Four small numbers are more often a version than an address: one of them must have three digits.
    """
    for match in _IPV4.finditer(text):
        known = match[0] in _RESOLVERS or not re.search(r"\d{3}", match[0])
        if not known and _is_public(match[0]) and not _VERSION.search(text[max(0, match.start() - 12) : match.start()]):
            yield match.span()
    for match in _IPV6.finditer(text):
        if _is_public(match[0]):
            yield match.span()


def _is_public(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return address.is_global and not address.is_multicast


BIRTH_WORDS = ("birth", "dob", "geburtsdatum", "naissance", "nacimiento", "nascita", "nascimento", "geboortedatum")
"""One of these words stands before a date of birth."""

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_BIRTH_DATE = (
    r"(?:19|20)\d\d-[01]?\d-[0-3]?\d",
    r"[0-3]?\d[./ -][0-3]?\d[./ -](?:19|20)\d\d",
    rf"[0-3]?\d(?:st|nd|rd|th|\.)?[ -]{_MONTH},?[ -](?:19|20)\d\d",
    rf"{_MONTH} [0-3]?\d(?:st|nd|rd|th)?,? (?:19|20)\d\d",
)
birth_dates = expression(
    r"(?i:(?<![a-z])(?:date[ _-]?of[ _-]?birth|birth[ _-]?dat(?:e|um)|dob|geburtsdatum|date[ _]de[ _]naissance|"
    r"fecha[ _]de[ _]nacimiento|data[ _]di[ _]nascita|data[ _]de[ _]nascimento|geboortedatum)"
    rf"(?:\s{{1,2}}(?:is|was|ist))?[\s\"':=,(]{{1,8}}(?P<value>{'|'.join(_BIRTH_DATE)})(?!\d))"
)
"""Where dates stand that are named as dates of birth."""
