"""Bodies made from Google's discovery documents: of the right shape, and with one field made wrong."""

from __future__ import annotations

import copy
import gzip
import json
import random
import string
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

Json = dict[str, Any]
DEEPEST, MOST_FIELDS = 6, 5
SCALARS: dict[str, tuple[list[Any], list[Any]]] = {
    "string": (["", "text", "ä"], [5, True, {}, ["text"]]),
    "boolean": ([True, False], ["true", 1, {}]),
    "number": ([0.5, 3, "1.5"], ["text", True, {}]),
    "int32": ([5, "7", -1, 0], ["text", 1.5, True, 2**31, {}]),
    "int64": ([5, "7", str(2**62), -1], ["text", 1.5, True, 2**64, {}]),
    "uint32": ([5, "7"], ["text", -1, 2**32, {}]),
    "uint64": ([5, "7"], ["text", -1, True, {}]),
    "byte": (["aGk=", "aGk"], ["*", 5, {}]),
    "google-duration": (["5s", "1.5s"], ["5", 5, {}]),
    "google-datetime": (["2026-01-02T03:04:05Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"], ["now", 5, {}]),
    "date-time": (["2026-01-02T03:04:05.678Z"], ["yesterday", 5, {}]),
    "date": (["2026-01-02"], ["yesterday", 5, {}]),
    "google-fieldmask": (["labels,displayName"], ["a b", 5, {}]),
}
"""By kind or format: values that are right and values that are not."""
FREE = [{"free": [1, None, "x"]}, {}, {"large": 2**70}, {"text": "ä"}, {"response": "a", "reference": "b"}]
Path = tuple[str | int, ...]
Place = tuple[Path, str, list[Any]]
"""Path to a message, one of its fields, and values that this field must not have."""


def document(name: str) -> Json:
    """A discovery document of local Vertex: `v1`, `v1beta1` or `storage`."""
    packed = resources.files("local_vertex").joinpath("discovery", f"{name}.json.gz").read_bytes()
    found: Json = json.loads(gzip.decompress(packed))
    return found


class Bodies:
    """Bodies of one document.

    Args:
        found: The document.
        draw: Where the choices come from.
        outputs: Whether output-only fields may be in them.
        meant: Values for fields of a name, which get the request further than any text would; used two times in three.
    """

    def __init__(
        self, found: Json, draw: random.Random, meant: Mapping[str, Sequence[Any]], *, outputs: bool = True
    ) -> None:
        self.schemas, self.oneofs = found["schemas"], found.get("oneofs", {})
        self.draw, self.meant, self.outputs = draw, meant, outputs
        self.messages: list[Path] = []
        self.fields: list[Place] = []

    def message(self, name: str) -> Json:
        """A body of the schema of that name."""
        made: Json = self._value({"$ref": name}, ())[0]
        return made

    def _value(self, schema: Json, path: Path) -> tuple[Any, list[Any]]:
        """A value of the schema, and others that are none."""
        if "$ref" in schema:
            referred = self.schemas[schema["$ref"]]
            return self._value({**referred, "groups": self.oneofs.get(schema["$ref"], [])}, path)
        if "additionalProperties" in schema:
            deeper = len(path) < DEEPEST
            inner = self._value(schema["additionalProperties"], (*path, "key"))[0] if deeper else None
            return {"key": inner} if deeper else {}, ["text", 5, True]
        if "properties" in schema or "groups" in schema:
            return self._fields_of(schema, path), ["text", 5, True, [{}]]
        if schema.get("type") == "array":
            count = self.draw.randint(0, 2) if len(path) < DEEPEST else 0
            return [self._value(schema["items"], (*path, number))[0] for number in range(count)], ["text", 5, {}]
        if "enum" in schema:
            return self.draw.choice(schema["enum"]), ["NO_SUCH_VALUE", True, {}]
        kind = schema.get("type", "any")
        if kind in ("object", "any"):
            return self.draw.choice(FREE), ["text", 5] if kind == "object" else []
        right, wrong = SCALARS[kind if kind == "number" else schema.get("format", kind)]
        field = next((step for step in reversed(path) if isinstance(step, str)), "")
        if kind == "string" and field in self.meant and self.draw.random() < 2 / 3:
            right = list(self.meant[field])
        return self.draw.choice(right), wrong

    def _fields_of(self, schema: Json, path: Path) -> Json:
        self.messages.append(path)
        fields = schema.get("properties", {})
        names = sorted(name for name in fields if self.outputs or not fields[name].get("readOnly"))
        chosen = self.draw.sample(names, min(len(names), self.draw.randint(1, MOST_FIELDS)))
        chosen += [name for name in names if name in self.meant and name not in chosen and self.draw.random() < 2 / 3]
        for group in schema.get("groups", []):
            for extra in [name for name in chosen if name in group][1:]:
                chosen.remove(extra)
        made: Json = {}
        for name in chosen if len(path) < DEEPEST else []:
            made[name], wrong = self._value(fields[name], (*path, name))
            if wrong:
                self.fields.append((path, name, wrong))
        return made


def spoilt(body: Json, bodies: Bodies) -> tuple[str, Json]:
    """What was done, and the body with one field added, renamed, or of a wrong type or enum value."""
    draw, changed = bodies.draw, copy.deepcopy(body)
    unknown = "x" + "".join(draw.choices(string.ascii_letters, k=6)) + "Unknown"
    how = draw.choice(("added", "renamed", "mistyped")) if bodies.fields else "added"
    if how == "added":
        _at(changed, draw.choice(bodies.messages))[unknown] = 1
        return how, changed
    path, name, wrong = draw.choice(bodies.fields)
    message = _at(changed, path)
    if how == "renamed":
        message[unknown] = message.pop(name)
    else:
        message[name] = draw.choice(wrong)
    return f"{name} {how}", changed


def _at(body: Json, path: Path) -> Any:
    found: Any = body
    for step in path:
        found = found[step]
    return found
