"""The guards of the suite on a real project, without one."""

from __future__ import annotations

import pytest
from google.api_core import exceptions

from tests.local_vertex.conformance.target import BUCKET, PAID, PROJECT, Target, real_target

Skipped = pytest.skip.Exception


def real(*, paid: bool = False) -> Target:
    return Target("project", "us-central1", "bucket", paid=paid)


def test_a_project_without_a_bucket_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (PROJECT, BUCKET, PAID):
        monkeypatch.delenv(name, raising=False)
    assert real_target() is None
    monkeypatch.setenv(PROJECT, "project")
    with pytest.raises(AssertionError, match=BUCKET):
        real_target()
    monkeypatch.setenv(BUCKET, "bucket")
    found = real_target()
    assert found is not None
    assert (found.is_real, found.bucket) == (True, "bucket")


def test_tuning_needs_permission_and_everything_a_budget() -> None:
    with pytest.raises(Skipped, match=PAID):
        real().pay(0.5, tuning=True)
    real(paid=True).pay(0.5, tuning=True)
    target = real()
    target.pay(0.75)
    with pytest.raises(Skipped, match="exceed"):
        target.pay(0.5)
    target.pay(0.25)


def test_a_local_server_costs_nothing() -> None:
    Target("project", "us-central1", "bucket", "http://127.0.0.1:9").pay(1000, tuning=True)


def test_what_is_gone_already_does_not_stop_the_removal_of_the_rest() -> None:
    removed: list[str] = []

    def gone() -> None:
        raise exceptions.NotFound("gone")

    target = real()
    target.later(lambda: removed.append("first"))
    target.later(gone)
    target.later(lambda: removed.append("last"))
    target.close()
    assert removed == ["last", "first"]
