"""OpenAI's chat format and its ShareGPT relative.

Source of the format: https://platform.openai.com/docs/guides/supervised-fine-tuning and
https://platform.openai.com/docs/api-reference/chat.
"""

from __future__ import annotations

import json
from typing import Any

from components.dataset_validation.conversion.conversation import Conversation, NotConvertible, file_part, text_parts

_SHAREGPT_ROLES = {"human": "user", "user": "user", "gpt": "model", "assistant": "model", "model": "model"}


def from_openai_chat(example: dict[str, Any]) -> dict[str, Any]:
    """A line of Gemini's format from a line with `messages`; of `weight`, only 0 or 1 on the last answer has a place.

    Raises:
        NotConvertible: The line has something Gemini tuning has no place for.
    """
    conversation = Conversation()
    names: dict[Any, str] = {}
    conversation.tools([_declaration(tool.get("function", tool)) for tool in example.get("tools") or []])
    conversation.tools([_declaration(function) for function in example.get("functions") or []])
    for message in _objects(example.get("messages"), "messages"):
        role = message.get("role")
        if role in ("system", "developer"):
            for part in _parts(message.get("content")):
                conversation.system(part.get("text", ""))
        elif role == "user":
            conversation.say("user", _parts(message.get("content")))
        elif role == "assistant":
            if message.get("weight") == 0:
                raise NotConvertible("an answer of weight 0; Gemini tuning learns the last answer only")
            conversation.say("model", _parts(message.get("content")) + _calls(message, names))
        elif role in ("tool", "function"):
            name = message.get("name") or names.get(message.get("tool_call_id"))
            if not name:
                raise NotConvertible("a tool's message that answers no call")
            response = _response(message.get("content"))
            conversation.say("tool", [{"functionResponse": {"name": name, "response": response}}])
        else:
            raise NotConvertible("a message with an unknown role")
    return conversation.line()


def from_sharegpt(example: dict[str, Any]) -> dict[str, Any]:
    """A line of Gemini's format from a line with `conversations`, each with `from` and `value`.

    Raises:
        NotConvertible: A turn has an unknown speaker or no text.
    """
    conversation = Conversation()
    for turn in _objects(example.get("conversations"), "conversations"):
        speaker = str(turn.get("from", turn.get("role")))
        parts = text_parts(turn.get("value", turn.get("content")), "a turn")
        if speaker == "system":
            for part in parts:
                conversation.system(part["text"])
        elif speaker in _SHAREGPT_ROLES:
            conversation.say(_SHAREGPT_ROLES[speaker], parts)
        else:
            raise NotConvertible("a turn with an unknown speaker")
    return conversation.line()


def _objects(value: Any, what: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise NotConvertible(f"{what} is not a list of objects")
    return value


def _parts(content: Any) -> list[dict[str, Any]]:
    if content is None:
        return []
    if isinstance(content, str):
        return text_parts(content, "a message")
    parts: list[dict[str, Any]] = []
    for part in _objects(content, "content"):
        if part.get("type") in ("text", "input_text", "output_text"):
            parts += text_parts(part.get("text"), "a text part")
        elif part.get("type") == "image_url" and isinstance(part.get("image_url"), dict):
            parts.append(file_part(part["image_url"].get("url")))
        else:
            raise NotConvertible("a content part that is neither text nor image_url")
    return parts


def _calls(message: dict[str, Any], names: dict[Any, str]) -> list[dict[str, Any]]:
    """The calls of a message; their names are kept by the id that the answer will refer to."""
    functions = []
    for call in _objects(message.get("tool_calls") or [], "tool_calls"):
        functions.append(call.get("function"))
        names[call.get("id")] = _name(call.get("function"))
    if message.get("function_call"):
        functions.append(message["function_call"])
    return [{"functionCall": {"name": _name(one), "args": _arguments(one)}} for one in functions]


def _name(function: Any) -> str:
    if not isinstance(function, dict) or not isinstance(function.get("name"), str) or not function["name"]:
        raise NotConvertible("a function without a name")
    return str(function["name"])


def _arguments(function: Any) -> dict[str, Any]:
    try:
        value = json.loads(function.get("arguments") or "{}")
    except (TypeError, ValueError):
        value = None
    if not isinstance(value, dict):
        raise NotConvertible("a call whose arguments are no JSON object")
    return value


def _response(content: Any) -> dict[str, Any]:
    """A function's response, which Gemini wants as an object."""
    try:
        value = json.loads(content)
    except (TypeError, ValueError):
        value = content
    return value if isinstance(value, dict) else {"result": value}


def _declaration(function: Any) -> dict[str, Any]:
    declaration: dict[str, Any] = {"name": _name(function)}
    if isinstance(function.get("description"), str):
        declaration["description"] = function["description"]
    if isinstance(function.get("parameters"), dict):
        declaration["parametersJsonSchema"] = function["parameters"]
    return declaration
