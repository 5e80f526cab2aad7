"""Anthropic's messages and Bedrock's conversation format.

Sources of the formats: https://docs.anthropic.com/en/api/messages and
https://docs.aws.amazon.com/nova/latest/userguide/fine-tune-prepare-data-understanding.html.
"""

from __future__ import annotations

from typing import Any

from components.dataset_validation.conversion.conversation import Conversation, NotConvertible, file_part, text_parts

_ROLES = {"user": "user", "assistant": "model"}


def from_anthropic(example: dict[str, Any]) -> dict[str, Any]:
    """A line of Gemini's format from a line with `messages` and `system`, with or without `schemaVersion`.

    Raises:
        NotConvertible: The line has something Gemini tuning has no place for.
    """
    conversation = Conversation()
    names: dict[Any, str] = {}
    for part in _parts(example.get("system") or [], names):
        conversation.system(part.get("text", ""))
    messages = example.get("messages")
    if not isinstance(messages, list):
        raise NotConvertible("messages is not a list")
    conversation.tools([_declaration(tool) for tool in example.get("tools") or []])
    for message in messages:
        role = _ROLES.get(str(message.get("role"))) if isinstance(message, dict) else None
        if role is None:
            raise NotConvertible("a message with an unknown role")
        parts = _parts(message.get("content"), names)
        responses = [part for part in parts if "functionResponse" in part]
        conversation.say("tool", responses)
        conversation.say(role, [part for part in parts if "functionResponse" not in part])
    return conversation.line()


def _parts(content: Any, names: dict[Any, str]) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return text_parts(content, "a message")
    if not isinstance(content, list) or not all(isinstance(block, dict) for block in content):
        raise NotConvertible("content is neither a text nor a list of blocks")
    return [part for block in content for part in _block(block, names)]


def _block(block: dict[str, Any], names: dict[Any, str]) -> list[dict[str, Any]]:
    kind = block.get("type") or next(iter(block), "")
    if kind == "text":
        return text_parts(block.get("text"), "a text block")
    if kind == "tool_use" and isinstance(block.get("name"), str) and isinstance(block.get("input"), dict):
        names[block.get("id")] = block["name"]
        return [{"functionCall": {"name": block["name"], "args": block["input"]}}]
    if kind == "tool_result" and block.get("tool_use_id") in names:
        texts = _parts(block.get("content") or "", {})
        result = "\n".join(part.get("text", "") for part in texts)
        return [{"functionResponse": {"name": names[block["tool_use_id"]], "response": {"result": result}}}]
    if kind == "image" and isinstance(block.get("source"), dict):
        return [file_part(block["source"].get("url"))]
    raise NotConvertible("a content block that is not text, tool_use, tool_result or an image by address")


def _declaration(tool: Any) -> dict[str, Any]:
    if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
        raise NotConvertible("a tool without a name")
    declaration = {"name": tool["name"]}
    if isinstance(tool.get("description"), str):
        declaration["description"] = tool["description"]
    if isinstance(tool.get("input_schema"), dict):
        declaration["parametersJsonSchema"] = tool["input_schema"]
    return declaration
