"""The tables of methods are complete, name tests that call them, and say how the others are answered."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.cloud import storage
from google.genai import errors

from tests.local_vertex.conformance import refused_calls
from tests.local_vertex.conformance.coverage import Area, public_methods, resolved
from tests.local_vertex.conformance.coverage_high_level import GENAI, HIGH_LEVEL
from tests.local_vertex.conformance.coverage_low_level import LOW_LEVEL
from tests.local_vertex.conformance.coverage_storage import STORAGE

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

AREAS = (*LOW_LEVEL, *GENAI, *HIGH_LEVEL, *STORAGE)
HERE = Path(__file__).parent
REFUSED = [(area, method) for area in (*GENAI, *HIGH_LEVEL, *STORAGE) for method in area.refused]


def named(area: Area) -> str:
    return area.title


@cache
def called_by_tests(file: str) -> dict[str, set[str]]:
    """What each test of a file calls or reads of an object, by name."""
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    return {
        function.name: {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
        for function in tree.body
        if isinstance(function, ast.FunctionDef)
    }


@pytest.mark.parametrize("area", AREAS, ids=named)
def test_the_table_names_every_method_once_and_no_other(area: Area) -> None:
    there = set().union(*(public_methods(resolved(name)) for name in area.classes))
    said = Counter(area.times_said())
    assert {method for method, times in said.items() if times > 1} == set()
    assert there - set(said) == set(), "say in the table which test covers it, or why none does"
    assert set(said) - there == set()


@pytest.mark.parametrize("area", AREAS, ids=named)
def test_a_covered_method_is_called_by_its_test(area: Area) -> None:
    for method, test in area.covered.items():
        file, _, name = test.partition("::")
        assert method in called_by_tests(file).get(name, set()), f"{test} does not call {method}"


@pytest.mark.stand_in_only("the service does have these methods")
@pytest.mark.parametrize(
    ("name", "method", "status"),
    [(name, method, status) for area in LOW_LEVEL for name in area.classes for method, status in area.refused.items()],
)
def test_the_low_level_clients_hear_that_it_is_not_there(target: Target, name: str, method: str, status: int) -> None:
    client = target.gapic(resolved(name))
    if not hasattr(client, method):
        pytest.skip("the other version's client has it")
    kind = exceptions.MethodNotImplemented if status == 501 else exceptions.NotFound
    with pytest.raises(kind, match="does not implement|Method not found"):
        list(getattr(client, method)(request=refused_calls.low_level_request(client, method)))


@pytest.mark.stand_in_only("the service does have these methods")
@pytest.mark.parametrize(("area", "method"), REFUSED, ids=lambda value: getattr(value, "title", value))
def test_the_other_clients_hear_that_it_is_not_there(target: Target, sdk: Any, area: Area, method: str) -> None:
    key = area.title, method
    if key in refused_calls.STORAGE:
        bucket = target.storage().create_bucket(f"{target.run}-{method.replace('_', '-')}-{area.title[-4:].lower()}")
        blob = storage.Blob("x", bucket)
        blob.upload_from_string("x")
        target.later(lambda: bucket.delete(force=True))
        call, subject = refused_calls.STORAGE[key], blob
    elif key in refused_calls.GENAI:
        call, subject = refused_calls.GENAI[key], target.genai()
    else:
        call, subject = refused_calls.SDK[key], sdk
    with pytest.raises((exceptions.GoogleAPICallError, errors.APIError)) as caught:
        call(subject)
    assert caught.value.code == area.refused[method], caught.value
