"""The arguments of a pipeline run, checked against the parameters that the pipeline declares."""

from __future__ import annotations

from typing import Any

from local_vertex.calls import Json, ServiceError, invalid_argument

_TYPES: dict[str, tuple[type, ...]] = {
    "STRING": (str,),
    "NUMBER_INTEGER": (int, float),
    "NUMBER_DOUBLE": (int, float),
    "BOOLEAN": (bool,),
    "LIST": (list,),
    "STRUCT": (dict,),
}


def arguments(spec: Json, values: Json) -> Json:
    """The arguments as kfp.local takes them: whole numbers as int, floating point numbers as float.

    Args:
        spec: Compiled pipeline; `root.inputDefinitions.parameters` declares the parameters.
        values: `runtimeConfig.parameterValues` of the job; every number of a gapic client is floating point.

    Raises:
        ServiceError: 400 for a missing, unknown or mistyped parameter.
    """
    declared: Json = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    for name in values:
        if name not in declared:
            raise invalid_argument(
                f"Parameter {name} in runtime_config.parameter_values is not found in the pipeline's inputs: "
                f"{', '.join(sorted(declared)) or 'none'}."
            )
    for name, definition in declared.items():
        required = "defaultValue" not in definition and not definition.get("isOptional", False)
        if required and name not in values:
            raise invalid_argument(f"Parameter {name} is required and is not in runtime_config.parameter_values.")
    return {name: _converted(name, declared[name]["parameterType"], value) for name, value in values.items()}


def _converted(name: str, kind: str, value: Any) -> Any:
    # A bool is an int to Python, not to the service.
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "BOOLEAN"):
        raise _mistyped(name, kind)
    if _has_placeholder(value):
        # kfp.local would resolve it, or abort the run without its exit handler.
        raise invalid_argument(f"Parameter {name} contains '{{{{$', which starts a pipeline placeholder.")
    if kind not in ("NUMBER_INTEGER", "NUMBER_DOUBLE"):
        return value
    assert isinstance(value, int | float)
    number = float(value)
    if kind == "NUMBER_INTEGER" and not number.is_integer():
        raise _mistyped(name, kind)
    return int(number) if kind == "NUMBER_INTEGER" else number


def _mistyped(name: str, kind: str) -> ServiceError:
    return invalid_argument(f"Parameter {name} in runtime_config.parameter_values is not of type {kind}.")


def _has_placeholder(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_placeholder(item) for pair in value.items() for item in pair)
    if isinstance(value, list):
        return any(_has_placeholder(item) for item in value)
    return isinstance(value, str) and "{{$" in value
