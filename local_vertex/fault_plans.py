"""Several faults at once, reproducible from one seed."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

from local_vertex.calls import ServiceError, invalid_argument
from local_vertex.faults import Fault


def fault_plan(body: Mapping[str, object]) -> list[Fault]:
    """The rules of a plan, or the one rule that the object is.

    Args:
        body: `{"seed": 7, "faults": [{…}, …]}`, where rules without a seed of their own get one from the plan's; or one
            rule.

    Raises:
        ServiceError: 400, naming what is wrong.
    """
    if "faults" not in body:
        return [Fault.of(body)]
    rules, seed = body["faults"], body.get("seed", 0)
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise invalid_argument("a plan's 'faults' is a list of JSON objects")
    if set(body) - {"seed", "faults"} or not isinstance(seed, int) or isinstance(seed, bool):
        raise invalid_argument("a plan has 'faults' and perhaps a whole 'seed', and nothing else")
    seeds = random.Random(seed)  # noqa: S311
    return [Fault.of({"seed": seeds.getrandbits(32), **rule}) for rule in rules]


def read_fault_plan(file: Path) -> list[Fault]:
    """The rules of a plan in a JSON file.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no plan; the message says why.
    """
    body = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(body, dict):
        raise ValueError("a plan is a JSON object")
    try:
        return fault_plan(body)
    except ServiceError as error:
        raise ValueError(error.message) from None
