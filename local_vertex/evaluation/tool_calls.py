"""How well the first tool call of a prediction is made.

Source: the service's page "Define your evaluation metrics": a prediction is JSON with `content` and `tool_calls`, a
list (or its JSON text) of objects with `name` and `arguments`; only the first call is looked at. The page leaves open
whose parameters count in "the total number of parameters"; here those of both calls do, so that a surplus parameter
costs as much as a missing one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from local_vertex.calls import Json


def call_valid(spec: Json) -> Callable[[str, str], float]:
    """1 when there is a call with a name and arguments."""
    return lambda prediction, reference: float(_first_call(prediction) is not None)


def name_match(spec: Json) -> Callable[[str, str], float]:
    """1 when both call the same tool."""

    def score(prediction: str, reference: str) -> float:
        called, wanted = _first_call(prediction), _first_call(reference)
        return float(called is not None and wanted is not None and called[0] == wanted[0])

    return score


def parameter_key_match(spec: Json) -> Callable[[str, str], float]:
    """Parameters that both calls name, as a fraction of all that either names."""
    return _parameters(lambda called, wanted: True)


def parameter_kv_match(spec: Json) -> Callable[[str, str], float]:
    """Parameters that both calls give the same value, as a fraction of all that either names.

    Without `useStrictStringMatch`, texts are compared without regard to case and space around them, and a number is
    equal to its text.
    """
    if spec.get("useStrictStringMatch"):
        return _parameters(lambda called, wanted: _json(called) == _json(wanted))
    return _parameters(lambda called, wanted: _loose(called) == _loose(wanted))


def _parameters(agree: Callable[[Any, Any], bool]) -> Callable[[str, str], float]:
    def score(prediction: str, reference: str) -> float:
        called, wanted = _first_call(prediction), _first_call(reference)
        if called is None or wanted is None:
            return 0.0
        either, both = called[1].keys() | wanted[1].keys(), called[1].keys() & wanted[1].keys()
        # A call without parameters is right when none are wanted.
        return sum(agree(called[1][key], wanted[1][key]) for key in both) / len(either) if either else 1.0

    return score


def _first_call(text: str) -> tuple[str, dict[str, Any]] | None:
    """Name and arguments of the first tool call; None when there is no valid one."""
    message = _parsed(text)
    calls = message.get("tool_calls") if isinstance(message, dict) else None
    if isinstance(calls, str):
        calls = _parsed(calls)
    first = calls[0] if isinstance(calls, list) and calls else None
    if not isinstance(first, dict):
        return None
    name, arguments = first.get("name"), first.get("arguments")
    return (name, arguments) if isinstance(name, str) and name and isinstance(arguments, dict) else None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _loose(value: Any) -> str:
    return (value if isinstance(value, str) else _json(value)).strip().casefold()
