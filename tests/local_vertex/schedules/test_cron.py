"""When cron expressions are due, and which are refused."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_vertex.calls import ServiceError
from local_vertex.clock import instant_us, timestamp
from local_vertex.schedules.cron import parse


def due(expression: str, after: str, count: int) -> list[str]:
    """The next due times in UTC, down to the minute."""
    rule, at, found = parse(expression), instant_us(after), []
    for _ in range(count):
        following = rule.after(at)
        assert following is not None
        at = following
        found.append(timestamp(at).removesuffix(":00.000000Z"))
    return found


def test_fields_hold_in_utc_unless_a_zone_is_named() -> None:
    assert due("0 3 * * 1", "2026-07-01T00:00:00Z", 2) == ["2026-07-06T03:00", "2026-07-13T03:00"]
    for prefix in ("CRON_TZ=Europe/Rome", "TZ=Europe/Rome"):
        assert due(f"{prefix} 0 3 * * MON", "2026-07-01T00:00:00Z", 1) == ["2026-07-06T01:00"]
        assert due(f"{prefix} 0 3 * * MON", "2026-12-01T00:00:00Z", 1) == ["2026-12-07T02:00"]
    assert due("*/20 1-2 29 2 *", "2026-01-01T00:00:00Z", 4) == [
        *("2028-02-29T01:00", "2028-02-29T01:20", "2028-02-29T01:40", "2028-02-29T02:00")
    ]


def test_a_due_time_is_after_the_instant_not_at_it() -> None:
    assert due("0 * * * *", "2026-01-01T10:00:00Z", 1) == ["2026-01-01T11:00"]
    assert due("0 * * * *", "2026-01-01T09:59:59.999999Z", 1) == ["2026-01-01T10:00"]
    assert due("0 * * * *", "2026-01-01T10:00:00.000001Z", 1) == ["2026-01-01T11:00"]


def test_a_fixed_time_that_a_change_of_clocks_leaves_out_comes_right_after_it() -> None:
    # Rome goes from 02:00 to 03:00 on 2027-03-28 at 01:00 UTC.
    rome = "CRON_TZ=Europe/Rome 30 2 * * *"
    assert due(rome, "2027-03-26T12:00:00Z", 3) == ["2027-03-27T01:30", "2027-03-28T01:00", "2027-03-29T00:30"]
    # Both times fall on the same instant, which is one run.
    assert due("TZ=Europe/Rome 0 2,3 * * *", "2027-03-27T12:00:00Z", 2) == ["2027-03-28T01:00", "2027-03-29T00:00"]


def test_a_fixed_time_that_comes_twice_is_due_once() -> None:
    # Rome goes from 03:00 back to 02:00 on 2027-10-31 at 01:00 UTC.
    rome = "CRON_TZ=Europe/Rome 30 2 * * *"
    assert due(rome, "2027-10-30T12:00:00Z", 2) == ["2027-10-31T00:30", "2027-11-01T01:30"]
    # Asked within the repeated hour, the answer is not in the past.
    assert due(rome, "2027-10-31T01:10:00Z", 1) == ["2027-11-01T01:30"]


def test_every_hour_stays_an_hour_when_clocks_change() -> None:
    for day in ("2027-03-28", "2027-10-31"):
        times = [instant_us(f"{text}:00Z") for text in due("TZ=Europe/Rome 0 * * * *", f"{day}T00:00:00Z", 5)]
        assert {later - earlier for earlier, later in pairwise(times)} == {3_600_000_000}


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "five fields"),
        ("* * * *", "five fields"),
        ("0 0 3 * * 1", "five fields"),
        ("@daily", "five fields"),
        ("0 0 L * *", "five fields"),
        ("0 0 * * 1#2", "five fields"),
        ("60 * * * *", "minute"),
        ("* 24 * * *", "hour"),
        ("*/0 * * * *", "minute"),
        ("5-1 * * * *", "minute"),
        ("0 0 * * MON,", "day-of-week"),
        ("0 0 * JAM *", "five fields"),
        ("0 0 30 2 *", "day-of-month"),
        ("CRON_TZ=Europe/Atlantis 0 3 * * *", "'Europe/Atlantis' is not in the IANA"),
        ("CRON_TZ=Europe 0 3 * * *", "'Europe' is not in the IANA"),
        ("CRON_TZ=../../etc/passwd 0 3 * * *", "is not in the IANA"),
        ("CRON_TZ= 0 3 * * *", "is not in the IANA"),
        ("CRON_TZ=localtime 0 3 * * *", "is not in the IANA"),
        ("ZONE=Europe/Rome 0 3 * * *", "five fields"),
    ],
)
def test_what_is_no_cron_expression_is_refused(expression: str, reason: str) -> None:
    with pytest.raises(ServiceError, match="Invalid cron") as refusal:
        parse(expression)
    assert (refusal.value.code, refusal.value.status) == (400, "INVALID_ARGUMENT")
    assert reason in refusal.value.message


@given(st.text(alphabet="0123456789*/,-LMONJAT#=CRZ_ ", max_size=30), st.integers(0, 253_402_300_799))
def test_any_text_is_an_expression_or_refused_and_due_times_come_later(text: str, second: int) -> None:
    try:
        rule = parse(text)
    except ServiceError:
        return
    following = rule.after(second * 1_000_000)
    assert following is None or following > second * 1_000_000
