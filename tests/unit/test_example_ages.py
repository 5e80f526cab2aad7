"""The dates of examples: where they are looked for, how they are read, and what is said of them."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from components.dataset_validation.ages.dates import FIRST, LAST, DateField, read_date
from components.dataset_validation.ages.settings import AgeSettings
from components.dataset_validation.checks.file_facts import DateSpan
from components.dataset_validation.example import decode_example
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.findings.terminal import render
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.personal_data.settings import PersonalDataSettings
from components.dataset_validation.reports.html import render_html
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.validator import validate_dataset
from tests.unit.test_dataset_validation_rules import LIMITS, pair

DAYS = st.dates(FIRST, LAST - timedelta(days=1))


@given(DAYS)
def test_dates_are_read_in_every_form(day: date) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    for text in (day.isoformat(), day.strftime("%Y%m%d"), f" {day}T08:00:00Z", f"{day} 23:59", noon.isoformat()):
        assert read_date(text) == day
    if day.year >= 1990:
        assert read_date(noon.timestamp()) == day
        assert read_date(int(noon.timestamp())) == day


@given(st.datetimes(datetime(1970, 1, 3), datetime(2099, 12, 30)), st.integers(-14 * 60, 14 * 60))
def test_zones_are_turned_to_utc(moment: datetime, minutes: int) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert read_date(zoned.isoformat()) == zoned.astimezone(UTC).date()


@given(st.one_of(st.none(), st.booleans(), st.text(), st.floats(), st.integers(), st.lists(st.integers()), st.just({})))
def test_whatever_stands_there_is_a_plausible_date_or_none(value: object) -> None:
    day = read_date(value)
    assert day is None or FIRST <= day < LAST


@pytest.mark.parametrize(
    "value", ["0001-01-01", "9999-12-31", "last week", "2024-02-30", "", 20240131, 1e300, True, None]
)
def test_placeholders_are_no_dates(value: object) -> None:
    assert read_date(value) is None


def found(name: str, *texts: str, system: str = "") -> tuple[str, str]:
    contents = [{"role": ("user", "model")[index % 2], "parts": [{"text": text}]} for index, text in enumerate(texts)]
    more = {"systemInstruction": {"parts": [{"text": system}]}} if system else {}
    day, path = DateField(name).of(decode_example(json.dumps({"contents": contents, **more}).encode()))
    return str(day), path


PROMPT, ANSWER, SYSTEM = "contents[0].parts[0].text", "contents[1].parts[0].text", "systemInstruction.parts[0].text"


def test_objects_come_before_lines() -> None:
    both = '{"created": "2024-05-06"}'
    assert found("created", "created: 2020-01-01", both) == ("2024-05-06", ANSWER)
    assert found("created", f" \n{both}", both.replace("4", "5")) == ("2024-05-06", PROMPT)
    assert found("created", "a\n  Created : 2020-01-01 \nb", "c", system="created: 2019-01-01") == (
        "2020-01-01",
        PROMPT,
    )
    assert found("created", "a", "c", system="be kind\nCREATED: 2019-01-01") == ("2019-01-01", SYSTEM)


def test_dotted_paths() -> None:
    nested = '{"meta": {"created": 1714953600}, "meta.day": "2023-01-01"}'
    assert found("meta.created", nested, "a") == ("2024-05-06", PROMPT)
    assert found("meta.day", nested, "a") == ("2023-01-01", PROMPT)
    assert found("meta.created.x", nested, "a") == ("None", "")
    assert found("meta.other", nested, "a") == ("None", "")


def test_what_is_no_field() -> None:
    for text in (
        "it was created: 2020-01-01",
        "created 2020-01-01",
        '[{"created": "2020-01-01"}]',
        '{"created": ',
        "{" * 9999,
    ):
        assert found("created", text, "a") == ("None", "")
    assert found("created", "a", "created: 2020-01-01") == ("None", ""), "a line of the answer is no field"
    assert found("a.b", "axb: 2020-01-01", "a") == ("None", ""), "a name is no expression"


def test_an_unreadable_date_does_not_hide_a_readable_one() -> None:
    assert found("created", '{"created": null}', "a") == ("None", PROMPT)
    assert found("created", '{"created": "soon"}', '{"created": "2024-05-06"}') == ("2024-05-06", ANSWER)


def dated(day: str, number: int = 0) -> bytes:
    return pair(f"created: {day}\nquestion {number} {day}")


def check(field: str | None = "created", max_days: int = 730, **files: bytes) -> DatasetReport:
    named = {split: [DataFile(f"{split}.jsonl", partial(io.BytesIO, data))] for split, data in files.items()}
    ages = AgeSettings(field=field, max_days=max_days)
    return validate_dataset(named, ValidationSettings(ages=ages, min_train_examples=0, min_test_examples=0), LIMITS)


def test_ages_are_counted_from_the_newest_of_all_splits() -> None:
    train = dated("2024-01-01") + dated("2023-12-31") + dated("2022-01-01")
    report = check(train=train, test=dated("2025-12-31"))
    (one, two) = report.findings
    assert (one.code, one.line, one.message) == ("DATA-STALE", 2, "731 days older than the newest")
    assert (two.line, report.counts) == (3, {"DATA-STALE": 2})
    assert check(train=train, test=dated("2025-12-31"), max_days=731).counts == {"DATA-STALE": 1}


def test_every_old_example_is_counted_and_twenty_are_listed() -> None:
    report = check(train=b"".join(dated("2001-01-01", number) for number in range(25)) + dated("2025-01-01"))
    assert (report.counts, len(report.findings)) == ({"DATA-STALE": 25}, 20)


def test_lines_with_errors_have_no_date() -> None:
    broken = dated("2001-01-01").replace(b'"model"', b'"assistant"')
    assert check(train=dated("2025-01-01") + broken).counts == {"DATA-ROLE": 1}


def test_missing_and_unreadable_dates_say_which() -> None:
    report = check(train=dated("2025-01-01") + pair("no date") + pair('{"created": "soon"}'))
    assert [(one.line, one.json_path, one.message) for one in report.findings] == [
        (2, "", "the date field is missing"),
        (3, "contents[0].parts[0].text", "the date field holds no date"),
    ]


def test_a_test_set_that_ends_before_training_begins() -> None:
    report = check(train=dated("2025-03-01") + dated("2025-04-01"), test=dated("2025-02-01") + dated("2025-02-27"))
    (finding,) = report.findings
    assert (finding.code, finding.split, finding.line) == ("DATA-DATE-ORDER", "test", 0)
    assert finding.message == "the newest test example is 2 day(s) older than the oldest training example"
    assert check(train=dated("2025-03-01"), test=dated("2025-03-01", 1) + dated("2025-01-01")).counts == {}


def test_facts_have_the_first_and_the_last_date() -> None:
    report = check(train=dated("2025-03-01") + dated("2025-01-01"), validation=pair("none"), test=dated("2025-04-01"))
    assert report.splits["train"].dates == DateSpan("2025-01-01", "2025-03-01")
    assert report.splits["validation"].dates is None
    shown: dict[str, Any] = json.loads(report.to_json())["splits"]
    assert shown["test"]["dates"] == {"oldest": "2025-04-01", "newest": "2025-04-01"}
    console = Console(width=80, file=io.StringIO(), highlight=False)
    render(report, console)
    for text in (console.file.getvalue(), render_html(report, title="t")):  # type: ignore[attr-defined]
        assert "oldest date" in text
        assert "2025-01-01" in text
        assert "2025-03-01" in text


def test_without_a_field_nothing_is_said() -> None:
    report = check(field=None, train=dated("2025-03-01") + dated("2001-01-01"))
    assert report.counts == {}
    assert report.splits["train"].dates is None
    assert "oldest date" not in render_html(report, title="t")


def test_both_checks_share_one_reading() -> None:
    opened: list[str] = []

    def source(data: bytes) -> io.BytesIO:
        opened.append("train")
        return io.BytesIO(data)

    data = dated("2025-01-01") + dated("2001-01-01") + pair("created: 2025-01-01\nbob@acme.io")
    wanted = ValidationSettings(
        ages=AgeSettings(field="created"), personal_data=PersonalDataSettings(enabled=True), min_train_examples=0
    )
    report = validate_dataset({"train": [DataFile("train.jsonl", partial(source, data))]}, wanted, LIMITS)
    assert report.counts == {"DATA-PERSONAL": 1, "DATA-STALE": 1}
    assert len(opened) == 2
