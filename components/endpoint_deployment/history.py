"""The history of a model line: what served, in which order, and what a rollback would restore."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Literal

import msgspec

from components.endpoint_deployment.release_record import Release
from components.gcp.ledger import Champion, Ledger
from components.gcp.storage import PreconditionFailed

Standing = Literal["serves", "served", "never served"]


def read_releases(ledger: Ledger) -> dict[int, Release]:
    """Every release record by number, in ascending order."""
    return {number: msgspec.convert(record, Release) for number, record in ledger.releases()}


def read_release(ledger: Ledger, number: int) -> Release | None:
    """The record of a release; None when there is none."""
    found = ledger.read_release(number)
    return msgspec.convert(found, Release) if found else None


def write_release(ledger: Ledger, release: Release) -> Release:
    """Store the record under the next free number and return it with that number.

    The number is taken before the champion pointer is replaced, so whatever the pointer names has a record.
    """
    number = ledger.last_release_number() + 1
    while True:
        champion = msgspec.structs.replace(release.champion, release=number)
        numbered = msgspec.structs.replace(release, number=number, champion=champion)
        try:
            ledger.write_release(number, numbered)
        except PreconditionFailed:
            number += 1
            continue
        return numbered


def effective(releases: Mapping[int, Release], champion: Champion | None) -> list[Release]:
    """The releases that took effect, the one that serves now first."""
    found: list[Release] = []
    while champion and champion.release in releases:
        found.append(releases[champion.release])
        champion = found[-1].previous
    return found


def fallback(ledger: Ledger, champion: Champion | None) -> Champion | None:
    """What a rollback restores: the version that served before the one that serves, rollbacks taken out.

    After a rollback from release 3 to 2 (which is release 4), another one goes to what served before 2, not back to 3.
    """
    serving = _promotion(ledger, champion)
    before = _promotion(ledger, serving.previous) if serving else None
    return before.champion if before else None


def _promotion(ledger: Ledger, champion: Champion | None) -> Release | None:
    """The promotion that first let the version serve; a rollback only restores one."""
    found = read_release(ledger, champion.release) if champion else None
    return read_release(ledger, found.restores) if found and found.restores else found


def standing(release: Release, took_effect: set[int], champion: Champion | None) -> Standing:
    """Whether a release serves, served, or never took effect (its run was killed, failed or lost a race)."""
    if champion and champion.release == release.number:
        return "serves"
    return "served" if release.number in took_effect else "never served"


def now() -> str:
    """The time of day for a record: UTC, RFC 3339, whole seconds."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
