"""The tables of methods are complete, name tests that call them, and say how the others are answered."""

from __future__ import annotations

import ast
import uuid
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
from tests.local_vertex.conformance.coverage_all import AREAS
from tests.local_vertex.conformance.coverage_low_level import ASYNCHRONOUS, LOW_LEVEL

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

HERE = Path(__file__).parent
GENERATED = (*LOW_LEVEL, *ASYNCHRONOUS)
REFUSED = [(area, method) for area in AREAS if area not in GENERATED for method in area.refused]


@pytest.fixture
def blob(target: Target) -> storage.Blob:
    """An object in a bucket that a test may spoil."""
    bucket = target.storage().create_bucket(f"{target.run}-{uuid.uuid4().hex[:6]}")
    target.later(lambda: bucket.delete(force=True))
    blob = bucket.blob("x")
    blob.upload_from_string("x")
    return blob


def named(area: Area) -> str:
    return area.title


@cache
def called_by_tests(file: str) -> dict[str, set[str]]:
    """What each function of a file, and the helpers of the file that it names, call or read of an object."""
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    functions = {node.name: list(ast.walk(node)) for node in tree.body if isinstance(node, ast.FunctionDef)}
    own = {name: {node.attr for node in nodes if isinstance(node, ast.Attribute)} for name, nodes in functions.items()}
    named = {name: {node.id for node in nodes if isinstance(node, ast.Name)} for name, nodes in functions.items()}
    return {name: own[name].union(*(own[other] for other in named[name] & set(own))) for name in functions}


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
    [(name, method, status) for area in GENERATED for name in area.classes for method, status in area.refused.items()],
)
def test_the_low_level_clients_hear_that_it_is_not_there(target: Target, name: str, method: str, status: int) -> None:
    client = target.gapic(resolved(name))
    if not hasattr(client, method):
        pytest.skip("the other version's client has it")
    kind = exceptions.MethodNotImplemented if status == 501 else exceptions.NotFound
    with pytest.raises(kind, match=r"does not implement|Method not found"):
        list(getattr(client, method)(request=refused_calls.low_level_request(client, method)))


@pytest.mark.stand_in_only("the service does have these methods")
@pytest.mark.parametrize(("area", "method"), REFUSED, ids=lambda value: getattr(value, "title", value))
def test_the_other_clients_hear_that_it_is_not_there(
    target: Target, sdk: Any, blob: storage.Blob, area: Area, method: str
) -> None:
    key = area.title, method
    if key in refused_calls.STORAGE:
        call, subject = refused_calls.STORAGE[key], (blob,)
    elif key in refused_calls.GENAI:
        call, subject = refused_calls.GENAI[key], (target,)
    else:
        call, subject = refused_calls.SDK[key], (sdk,)
    with pytest.raises((exceptions.GoogleAPICallError, errors.APIError)) as caught:
        call(*subject)
    assert caught.value.code == area.refused[method], caught.value
