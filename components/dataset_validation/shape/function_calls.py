"""Checks that function calls and responses agree with the functions that an example declares.

Declarations are those of inference requests: a name and `parameters`, a subset of OpenAPI's schema with types in
capital letters, or `parametersJsonSchema`
(https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/function-calling). What the service makes
of a call that its declaration does not allow is undocumented.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from components.dataset_validation.findings.finding import Problem, shown, shown_key
from components.dataset_validation.shape.spelling import nearest

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_NESTED = ("properties", "$defs", "defs")
_NESTED_LISTS = ("anyOf", "prefixItems")
_NESTED_ONE = ("items", "additionalProperties")
_TYPES = ("STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL", "TYPE_UNSPECIFIED")


def function_problems(example: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with the calls and responses of an example whose shape is right, keys in camelCase."""
    declared: dict[str, dict[str, Any]] = {}
    for tool_number, tool in enumerate(example.get("tools", [])):
        for number, declaration in enumerate(tool["functionDeclarations"]):
            path = f"tools[{tool_number}].functionDeclarations[{number}]"
            if declaration["name"] in declared:
                yield Problem("DATA-FUNCTION-DECLARATION", f"{shown(declaration['name'])} is declared twice", path)
            declared[declaration["name"]] = declaration
            yield from _declaration(declaration, path)
    called: list[str] = []
    for index, turn in enumerate(example["contents"]):
        calls = [(number, part["functionCall"]) for number, part in enumerate(turn["parts"]) if "functionCall" in part]
        if calls:
            called = [call["name"] for _, call in calls]
        for number, call in calls:
            path = f"contents[{index}].parts[{number}].functionCall"
            if turn.get("role") == "user":
                yield Problem("DATA-FUNCTION-CALL", "the user calls a function, which only the model does", path)
            if declared:
                yield from _call(call, declared, path)
        for number, part in enumerate(turn["parts"]):
            if "functionResponse" in part and part["functionResponse"]["name"] not in called:
                name = shown(part["functionResponse"]["name"])
                path = f"contents[{index}].parts[{number}].functionResponse"
                yield Problem("DATA-FUNCTION-RESPONSE", f"{name} answers no call of the turn before", path)


def _call(call: dict[str, Any], declared: dict[str, dict[str, Any]], path: str) -> Iterator[Problem]:
    declaration = declared.get(call["name"])
    if declaration is None:
        meant = nearest(call["name"], declared)
        remedy = f"did you mean {meant}?" if meant else ""
        yield Problem("DATA-FUNCTION-CALL", f"{shown(call['name'])} is not declared", f"{path}.name", remedy)
        return
    validator = _validator_of(declaration)
    if validator is None:
        return
    try:
        errors = sorted(validator.iter_errors(call.get("args", {})), key=lambda error: list(map(str, error.path)))
    except RecursionError:
        return
    for error in errors[:3]:
        place = "".join(f"[{one}]" if isinstance(one, int) else f".{shown_key(one)}" for one in error.absolute_path)
        yield Problem("DATA-FUNCTION-ARGS", _reason(error), f"{path}.args{place}")


def _reason(error: Any) -> str:
    """What the schema demands; never the value, which is the dataset's."""
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return f"the argument {shown(str(missing[0]))} is missing"
    if error.validator == "additionalProperties":
        return "an argument that is not declared"
    if error.validator == "type":
        return f"the declared type is {json.dumps(error.validator_value)}"
    return f"the declaration's {error.validator} does not allow it"


def _declaration(declaration: dict[str, Any], path: str) -> Iterator[Problem]:
    unknown = sorted(_unknown_types(declaration.get("parameters")))
    if unknown:
        yield Problem("DATA-FUNCTION-DECLARATION", f"unknown type {shown(unknown[0])}", f"{path}.parameters")
    elif _validator_of(declaration) is None and "parametersJsonSchema" in declaration:
        yield Problem("DATA-FUNCTION-DECLARATION", "the parameters are no valid JSON schema", path)


def _unknown_types(schema: Any) -> set[str]:
    if not isinstance(schema, dict):
        return set()
    name = schema.get("type")
    found = {name} if isinstance(name, str) and name.upper() not in _TYPES else set()
    for child in _children(schema):
        found |= _unknown_types(child)
    return found


def _children(schema: dict[str, Any]) -> Iterator[Any]:
    for key in _NESTED:
        if isinstance(schema.get(key), dict):
            yield from schema[key].values()
    for key in _NESTED_LISTS:
        if isinstance(schema.get(key), list):
            yield from schema[key]
    for key in _NESTED_ONE:
        yield schema.get(key)


def _validator_of(declaration: dict[str, Any]) -> Validator | None:
    if "parametersJsonSchema" in declaration:
        return _validator(json.dumps(declaration["parametersJsonSchema"], sort_keys=True))
    if "parameters" in declaration:
        return _validator(json.dumps(_json_schema(declaration["parameters"]), sort_keys=True))
    return None


def _json_schema(schema: Any) -> Any:
    """Google's schema as JSON schema: types in small letters, `nullable` as a further type."""
    if not isinstance(schema, dict):
        return schema
    known = {"enum", "required", "minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "pattern"}
    result = {key: value for key, value in schema.items() if key in known}
    kind = str(schema.get("type", "TYPE_UNSPECIFIED")).lower()
    if kind != "type_unspecified":
        result["type"] = [kind, "null"] if schema.get("nullable") else kind
    if schema.get("nullable") and "enum" in result:
        result["enum"] = [*result["enum"], None]
    if isinstance(schema.get("properties"), dict):
        result["properties"] = {name: _json_schema(child) for name, child in schema["properties"].items()}
        # Google's declarations are closed: the model is told of no other argument.
        result["additionalProperties"] = False
    if "items" in schema:
        result["items"] = _json_schema(schema["items"])
    if isinstance(schema.get("anyOf"), list):
        result["anyOf"] = [_json_schema(child) for child in schema["anyOf"]]
    return result


@lru_cache(maxsize=1024)
def _validator(schema: str) -> Validator | None:
    """A validator that fetches nothing from anywhere; None when the schema is none."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from referencing import Registry

    value = json.loads(schema)
    # References could point anywhere, and patterns could take for ever: such schemas are taken as they are.
    if '"$ref"' in schema or '"$dynamicRef"' in schema or '"pattern' in schema:
        return Draft202012Validator({}, registry=Registry())
    try:
        Draft202012Validator.check_schema(value)
    except (SchemaError, RecursionError):
        return None
    return Draft202012Validator(value, registry=Registry())
