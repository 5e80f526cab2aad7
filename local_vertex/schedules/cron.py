"""Cron expressions of schedules: five fields, optionally after a time zone.

Source: `Schedule.cron` in google/cloud/aiplatform_v1/types/schedule.py: `CRON_TZ=` or `TZ=` with a name of the IANA
database, then the fields of https://en.wikipedia.org/wiki/Cron. Google documents nothing for the days on which clocks
change; cronsim does there what Debian's cron does: a fixed time that does not exist comes when the clocks have moved
on, a fixed time that exists twice comes once, `*` in the minutes or hours goes by elapsed time.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from importlib import resources
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from local_vertex.calls import ServiceError, invalid_argument
from local_vertex.clock import instant_us

_PREFIX = re.compile(r"(?:CRON_TZ|TZ)=(\S*)\s+(.*)", re.DOTALL)
# cronsim also reads `L`, `#` and seconds, which are not among the fields that the service links to.
_FIELD = re.compile(
    r"(?:[\d*,/-]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)+", re.IGNORECASE
)
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Cron:
    """When a schedule is due.

    Attributes:
        fields: Minute, hour, day of the month, month, day of the week.
        zone: Where the fields hold.
    """

    fields: str
    zone: tzinfo

    def after(self, at_us: int) -> int | None:
        """The first due time after an instant, both in microseconds since 1970; None when there is none."""
        start = datetime.fromtimestamp(at_us // 1_000_000, UTC)
        try:
            for due in CronSim(self.fields, start.astimezone(self.zone)):
                found = instant_us(due.isoformat())
                # In the hour that a change of clocks repeats, cronsim's next time may be the first of the two.
                if found > at_us:
                    return found
        except (OverflowError, ValueError):  # after the year 9999
            return None
        return None


def parse(text: str) -> Cron:
    """The expression.

    Raises:
        ServiceError: 400, it is malformed, never due, or in a zone that is not in the IANA database.
    """
    prefixed = _PREFIX.fullmatch(text.strip())
    zone = _zone(prefixed[1]) if prefixed else UTC
    fields = (prefixed[2] if prefixed else text).split()
    if len(fields) != _FIELDS or not all(_FIELD.fullmatch(field) for field in fields):
        raise _invalid(text, "five fields are expected: minute, hour, day of month, month, day of week")
    try:
        cron = Cron(" ".join(fields), zone)
        due = cron.after(instant_us("2024-01-01T00:00:00Z"))
    except CronSimError as error:
        raise _invalid(text, str(error)) from None
    if due is None:
        raise _invalid(text, "it is never due")
    return cron


def _zone(name: str) -> tzinfo:
    if name not in _zone_names():
        raise invalid_argument(f"Invalid cron: time zone {name[:64]!r} is not in the IANA time zone database.")
    return ZoneInfo(name)


@functools.cache
def _zone_names() -> frozenset[str]:
    # The folder of an operating system has other names as well, `localtime` and `right/Europe/Rome` among them.
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def _invalid(text: str, reason: str) -> ServiceError:
    return invalid_argument(f"Invalid cron: {text[:100]!r}: {reason}.")
