"""The prompt that a judge is shown: a template and the fields of an instance.

Source: `PointwiseMetricSpec.metricPromptTemplate`, `PointwiseMetricInstance` and `ContentMap` of the service:
placeholders are names in braces; an instance is JSON text of key-value pairs, or a map to contents.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from local_vertex.calls import Json, invalid_argument
from local_vertex.learner.tokens import content_text

# Braces with anything but a name are text: templates show the judge the JSON that it shall write.
_PLACEHOLDER = re.compile(r"\{(\w{1,100})\}")
_RESPONSES = ("prediction", "response")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent to a judge.

    Attributes:
        template: Text with placeholders.
        fields: Texts by name, one for each placeholder.
        system_instruction: Instruction above the prompt.
    """

    template: str
    fields: Mapping[str, str]
    system_instruction: str = ""

    def render(self) -> str:
        """The prompt as the judge reads it."""
        return _PLACEHOLDER.sub(lambda found: self.fields[found[1]], self.template)

    def swapped(self, one: str, other: str) -> Prompt:
        """The same prompt with two fields in each other's place."""
        fields = {**self.fields, one: self.fields[other], other: self.fields[one]}
        return replace(self, fields=fields)

    def response_field(self) -> str:
        """The field that holds what is judged: `response` or `prediction`, else the last one of the template."""
        named = [name for name in _RESPONSES if name in self.fields]
        return (named or _PLACEHOLDER.findall(self.template) or list(self.fields))[-1]

    def shows_first(self, one: str, other: str) -> bool:
        """Whether the template has one field before the other."""
        names = _PLACEHOLDER.findall(self.template)
        return one in names and (other not in names or names.index(one) < names.index(other))


def read_prompt(spec: Json, fields: Mapping[str, str]) -> Prompt:
    """The prompt of a metric spec with `metricPromptTemplate` and `systemInstruction`.

    Raises:
        ServiceError: 400, the template is missing, or the instance lacks a field that it names.
    """
    template = spec.get("metricPromptTemplate", "")
    if not template.strip():
        raise invalid_argument("metric_spec.metric_prompt_template is missing.")
    missing = sorted(set(_PLACEHOLDER.findall(template)) - fields.keys())
    if missing:
        raise invalid_argument(f"The instance has no field for the placeholder {{{missing[0]}}} of the template.")
    return Prompt(template, fields, spec.get("systemInstruction", ""))


def instance_fields(instance: Json) -> dict[str, str]:
    """The texts of a `PointwiseMetricInstance` or `PairwiseMetricInstance` by name.

    Raises:
        ServiceError: 400, there is no instance or it is not of that form.
    """
    if "contentMapInstance" in instance:
        values = instance["contentMapInstance"].get("values", {})
        fields = {name: contents_text(found) for name, found in values.items()}
    elif "jsonInstance" in instance:
        fields = _json_fields(instance["jsonInstance"])
    else:
        fields = {}
    if not fields:
        raise invalid_argument("The instance is missing: give json_instance or content_map_instance.")
    return fields


def contents_text(contents: Json) -> str:
    """The text of a message with a list of `contents`, turns joined by newlines."""
    return "\n".join(content_text(content) for content in contents.get("contents", []))


def _json_fields(text: str) -> dict[str, str]:
    try:
        fields = json.loads(text)
        # Half of a surrogate pair is valid JSON syntax but no text, and could not be answered with.
        json.dumps(fields, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise invalid_argument("json_instance must be the JSON text of an object whose values are texts.")
    return fields
