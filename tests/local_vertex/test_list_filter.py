"""Filters of lists: what the protos of the list requests document, and refusals of what they do not."""

from __future__ import annotations

import pytest

from local_vertex.calls import ServiceError
from local_vertex.http_api.list_filter import list_filter
from local_vertex.http_api.list_pages import list_page

FIELDS = {
    "display_name": "my schedule",
    "state": "ACTIVE",
    "create_time": "2026-01-02T03:04:05Z",
    "labels.env": "prod",
    "labels.a key": "b",
    "labels.build_time": "soon",
}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("", True),
        ('display_name="my schedule"', True),
        ('displayName="my schedule"', True),
        ('display_name!="my schedule"', False),
        ('display_name:"my *"', True),
        ('NOT display_name="other"', True),
        ('state="ACTIVE" AND display_name="other"', False),
        ('state="PAUSED" OR create_time>"2026-01-01T00:00:00Z"', True),
        ('create_time<="2026-01-02T04:04:05+01:00"', True),
        ("end_time:*", False),
        ("NOT end_time:*", True),
        ('state="ACTIVE" OR state="PAUSED" AND labels.env="test"', False),
        ('state="ACTIVE" OR (state="PAUSED" AND labels.env="test")', True),
        ("labels.env=prod", True),
        ("labels.env:*", True),
        ("labels:env", True),
        ("labels:team", False),
        ('labels."a key"="b"', True),
        ('labels."a key":*', True),
        ('labels:"a key"', True),
        ('labels.build_time="soon"', True),
    ],
)
def test_what_the_protos_document(expression: str, holds: bool) -> None:
    assert list_filter(expression)(FIELDS) is holds


@pytest.mark.parametrize(
    "expression",
    [
        "state=",
        "state ACTIVE",
        "(state=ACTIVE",
        "state=ACTIVE)",
        "AND",
        'create_time>"yesterday"',
        "(" * 2000,
        "a=b c=d",
    ],
)
def test_what_is_not_understood_is_refused(expression: str) -> None:
    with pytest.raises(ServiceError, match="Invalid filter"):
        list_filter(expression)


@pytest.mark.parametrize("query", [{"pageSize": "-1"}, {"pageToken": "x"}, {"orderBy": "a b c"}])
def test_a_page_that_cannot_be_chosen_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(ServiceError) as caught:
        list_page("things", [], query, lambda resource: {})
    assert caught.value.code == 400
