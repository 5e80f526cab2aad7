"""The tables of methods are complete, name tests that call them, and say how the others are answered."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.api_core import exceptions
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
def test_a_covered_or_declined_method_is_called_by_its_test(area: Area) -> None:
    for method, test in {**area.covered, **area.declined}.items():
        file, _, name = test.partition("::")
        assert method in called_by_tests(file).get(name, set()), f"{test} does not call {method}"


@pytest.mark.stand_in_only("the service does have these methods")
@pytest.mark.parametrize(
    ("name", "method"), [(name, method) for area in GENERATED for name in area.classes for method in area.refused]
)
def test_the_low_level_clients_hear_that_it_is_not_there(target: Target, name: str, method: str) -> None:
    client = target.gapic(resolved(name))
    if not hasattr(client, method):
        pytest.skip("the other version's client has it")
    with pytest.raises(exceptions.NotFound, match="Method not found"):
        list(getattr(client, method)(request=refused_calls.low_level_request(client, method)))


@pytest.mark.stand_in_only("the service does have these methods")
@pytest.mark.parametrize(("area", "method"), REFUSED, ids=lambda value: getattr(value, "title", value))
def test_the_other_clients_hear_that_it_is_not_there(target: Target, area: Area, method: str) -> None:
    with pytest.raises(errors.APIError) as caught:
        refused_calls.GENAI[area.title, method](target)
    assert caught.value.code == 404, caught.value
