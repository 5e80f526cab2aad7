"""How well the function calls of an answer are made.

Calls are text here, as every reference and answer is: what `components.gcp.answers.calls_text` writes. A JSON list of
objects with `name` and `args`, one such object, and the part `{"functionCall": …}` of the service's content are read
too. Calls that are made together have no order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from components.evaluation.metrics.matches import parse_json, same


class Call(msgspec.Struct, frozen=True):
    """One call: the function's name and its arguments."""

    name: str
    args: dict[str, Any]


def parse_calls(text: str) -> list[Call] | None:
    """The calls that the text stands for; None when it is anything else, an empty list too."""
    value = parse_json(text)
    if isinstance(value, dict) and value.keys() == {"functionCalls"}:
        value = value["functionCalls"]
    found = [_call(one) for one in (value if isinstance(value, list) else [value])]
    calls = [call for call in found if call is not None]
    return calls if calls and len(calls) == len(found) else None


def call_valid(reference: str, answer: str) -> float:
    """Whether the answer is nothing but function calls."""
    return float(parse_calls(answer) is not None)


def call_name(reference: str, answer: str) -> float:
    """Whether the wanted functions are called, each as often as wanted."""
    wanted, given = parse_calls(reference), parse_calls(answer)
    return float(wanted is not None and given is not None and _names(wanted) == _names(given))


def call_keys(reference: str, answer: str) -> float:
    """Whether the wanted functions are called with the wanted argument names."""
    wanted, given = parse_calls(reference), parse_calls(answer)
    return float(given is not None and wanted is not None and _keys(wanted) == _keys(given))


def call_match(reference: str, answer: str) -> float:
    """Whether the calls are the wanted ones with the wanted values."""
    wanted, given = parse_calls(reference), parse_calls(answer)
    if wanted is None or given is None or len(wanted) != len(given):
        return 0.0
    return float(all(pair is not None and same(call.args, pair.args) for call, pair in _paired(wanted, given)))


def call_arguments(reference: str, answer: str) -> float:
    """Share of arguments, wanted or given, that have the wanted value; a call too many or too few counts as one."""
    wanted, given = parse_calls(reference), parse_calls(answer)
    if wanted is None or given is None:
        return 0.0
    right, total = 0, max(0, len(given) - len(wanted))
    for call, pair in _paired(wanted, given):
        keys = call.args.keys() | (pair.args.keys() if pair else set())
        # A call without arguments is one thing to get right.
        total += max(1, len(keys))
        if pair is not None:
            both = call.args.keys() & pair.args.keys()
            right += sum(same(call.args[key], pair.args[key]) for key in both) if keys else 1
    return right / total


def _paired(wanted: Sequence[Call], given: Sequence[Call]) -> list[tuple[Call, Call | None]]:
    """Every wanted call with a call of that function, preferably one with the same values, each used once."""
    left = list(given)
    pairs: list[tuple[Call, Call | None]] = []
    # Perfect pairs first, so that an imperfect one does not take the partner of a perfect one.
    for call in sorted(wanted, key=lambda one: not any(_equal(one, other) for other in given)):
        pair = next((one for one in left if _equal(call, one)), None)
        pair = pair or next((one for one in left if one.name == call.name), None)
        if pair is not None:
            left.remove(pair)
        pairs.append((call, pair))
    return pairs


def _equal(one: Call, other: Call) -> bool:
    return one.name == other.name and same(one.args, other.args)


def _names(calls: Sequence[Call]) -> Counter[str]:
    return Counter(call.name for call in calls)


def _keys(calls: Sequence[Call]) -> Counter[tuple[str, frozenset[str]]]:
    return Counter((call.name, frozenset(call.args)) for call in calls)


def _call(value: Any) -> Call | None:
    if isinstance(value, dict) and value.keys() == {"functionCall"}:
        value = value["functionCall"]
    if not isinstance(value, dict) or not value.keys() <= {"name", "args", "id"}:
        return None
    name, args = value.get("name"), value.get("args", {})
    return Call(name, args) if isinstance(name, str) and name and isinstance(args, dict) else None
