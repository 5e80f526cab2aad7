"""One example of a Gemini tuning dataset, as typed structs.

The shape is that of the service's supervised tuning data: one JSON object per line with `contents`,
optional `systemInstruction`, `tools` and `generationConfig`
(https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning/prepare-data).
"""

from __future__ import annotations

from typing import Any

import msgspec

from components.dataset_validation.lines.camel_case import camel_case


class Part(msgspec.Struct, omit_defaults=True, rename="camel", forbid_unknown_fields=True):
    """One part of a turn: text, a file, a function call or a function response."""

    text: str | None = None
    file_data: dict[str, Any] | None = None
    inline_data: dict[str, Any] | None = None
    function_call: dict[str, Any] | None = None
    function_response: dict[str, Any] | None = None
    video_metadata: dict[str, Any] | None = None
    media_resolution: dict[str, Any] | None = None


class Content(msgspec.Struct, omit_defaults=True, rename="camel", forbid_unknown_fields=True):
    """One turn of a conversation."""

    parts: list[Part]
    role: str | None = None

    def text(self) -> str:
        """The turn's text parts, joined by newlines."""
        return "\n".join(part.text for part in self.parts if part.text is not None)

    def function_calls(self) -> list[dict[str, Any]]:
        """The turn's function calls, each with `name` and `args`."""
        return [part.function_call for part in self.parts if part.function_call is not None]


class Example(msgspec.Struct, omit_defaults=True, rename="camel", forbid_unknown_fields=True):
    """One line of a dataset."""

    contents: list[Content]
    system_instruction: Content | None = None
    tools: list[dict[str, Any]] | None = None
    generation_config: dict[str, Any] | None = None

    def prompt(self) -> list[Content]:
        """The turns that a model is asked with: all but the final model turn."""
        return self.contents[:-1]

    def reference(self) -> str:
        """The text of the final model turn, the answer that is wanted."""
        return self.contents[-1].text()


_DECODER = msgspec.json.Decoder(Example)


def decode_example(line: bytes) -> Example:
    """Decode one line; keys in snake_case are read as their camelCase form, as validation accepts them.

    Raises:
        msgspec.ValidationError: The line is JSON of another shape.
        msgspec.DecodeError: The line is not JSON.
    """
    try:
        return _DECODER.decode(line)
    except msgspec.ValidationError:
        value, renamed = camel_case(msgspec.json.decode(line))
        if not renamed:
            raise
        return msgspec.convert(value, Example)
