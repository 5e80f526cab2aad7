"""Filter expressions of list methods.

Source: https://google.aip.dev/160, without functions and without bare words. OR binds closer than AND there. For labels
`ListModelsRequest.filter` of the service's protos: `labels.key=value`, `labels.key:*`, `labels:key`, `labels."a key"`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from local_vertex.calls import ServiceError, invalid_argument
from local_vertex.clock import instant_us
from local_vertex.http_api.schema_check import snake

Fields = Mapping[str, str]
_MAP = "labels"
Condition = Callable[[Fields], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<word>AND\b|OR\b|NOT\b|[()])"
    r"""|(?P<field>labels\."[^"]+"|[a-zA-Z_][\w.-]*)\s*(?P<operator>!=|>=|<=|=|>|<|:)\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"()]+)))\s*"""
)


def list_filter(expression: str) -> Condition:
    """Whether a resource is in the list, decided by the texts of its fields; everything is without an expression.

    Args:
        expression: E.g. `end_time>"2021-05-18T00:00:00Z" OR NOT end_time:*`; fields in snake_case or camelCase.

    Raises:
        ServiceError: 400, the expression is not understood.
    """
    if not expression.strip():
        return lambda fields: True
    try:
        parser = _Parser(expression)
        condition = parser.conjunction()
    except RecursionError:
        raise _invalid(expression) from None
    if parser.tokens:
        raise _invalid(expression)
    return condition


class _Parser:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self.tokens: list[re.Match[str]] = []
        at = 0
        while at < len(expression):
            token = _TOKEN.match(expression, at)
            if token is None:
                raise _invalid(expression)
            self.tokens.append(token)
            at = token.end()

    def conjunction(self) -> Condition:
        parts = [self._disjunction()]
        while self._takes("AND"):
            parts.append(self._disjunction())
        return parts[0] if len(parts) == 1 else lambda fields: all(part(fields) for part in parts)

    def _disjunction(self) -> Condition:
        parts = [self._term()]
        while self._takes("OR"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else lambda fields: any(part(fields) for part in parts)

    def _term(self) -> Condition:
        if self._takes("NOT"):
            inner = self._term()
            return lambda fields: not inner(fields)
        if self._takes("("):
            inner = self.conjunction()
            if not self._takes(")"):
                raise _invalid(self._expression)
            return inner
        if not self.tokens or self.tokens[0]["field"] is None:
            raise _invalid(self._expression)
        token = self.tokens.pop(0)
        wanted = token["bare"] if token["quoted"] is None else token["quoted"]
        return self._comparison(token["field"], token["operator"], wanted)

    def _takes(self, word: str) -> bool:
        taken = bool(self.tokens) and self.tokens[0]["word"] == word
        if taken:
            del self.tokens[0]
        return taken

    def _comparison(self, name: str, operator: str, wanted: str) -> Condition:
        if name == _MAP and operator == ":":
            # `labels:key` asks whether there is such a key.
            return lambda fields: f"{_MAP}.{wanted}" in fields
        is_label = name.startswith(f"{_MAP}.")
        field = name.replace('"', "") if is_label else snake(name)
        if field.endswith("_time") and wanted != "*" and not is_label:
            try:
                instant = instant_us(wanted)
            except (ValueError, OverflowError):
                raise _invalid(self._expression) from None
            return lambda fields: _holds(instant_us(fields[field]) if field in fields else None, operator, instant)
        if operator in ("=", ":", "!="):
            pattern = wanted.replace("[", "[[]")
            return lambda fields: (field in fields and fnmatchcase(fields[field], pattern)) is (operator != "!=")
        return lambda fields: _holds(fields.get(field), operator, wanted)


def _holds(value: Any, operator: str, wanted: Any) -> bool:
    if value is None or operator == "!=":
        return operator == "!=" and value != wanted
    comparisons = {">": value > wanted, "<": value < wanted, ">=": value >= wanted, "<=": value <= wanted}
    return bool(comparisons.get(operator, value == wanted))


def _invalid(expression: str) -> ServiceError:
    return invalid_argument(f"Invalid filter: {expression[:200]}.")
