"""The formats that can be converted, and which of them a line has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from components.dataset_validation.conversion.anthropic import from_anthropic
from components.dataset_validation.conversion.conversation import NotConvertible, exchange
from components.dataset_validation.conversion.openai_chat import from_openai_chat, from_sharegpt


def _from_completion(example: dict[str, Any]) -> dict[str, Any]:
    answer = example["completion"] if "completion" in example else example.get("response")
    return exchange(example.get("prompt"), answer, example.get("system", ""))


def _from_alpaca(example: dict[str, Any]) -> dict[str, Any]:
    prompt, more = example.get("instruction"), example.get("input")
    if "instruction" not in example:
        return exchange(more, example.get("output"))
    if isinstance(prompt, str) and isinstance(more, str) and more.strip():
        prompt = f"{prompt}\n\n{more}"
    return exchange(prompt, example.get("output"), example.get("system", ""))


def _from_palm(example: dict[str, Any]) -> dict[str, Any]:
    return exchange(example.get("input_text"), example.get("output_text"), example.get("context", ""))


FORMATS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "openai-chat": from_openai_chat,
    "prompt-completion": _from_completion,
    "alpaca": _from_alpaca,
    "sharegpt": from_sharegpt,
    "palm": _from_palm,
    "anthropic": from_anthropic,
    "bedrock": from_anthropic,
}
"""How a line of each format becomes one of Gemini's format; each raises `NotConvertible`."""


def format_of(example: dict[str, Any]) -> str:
    """The name of a line's format.

    Raises:
        NotConvertible: The line is of another kind, or of a format that has no counterpart in supervised tuning.
    """
    keys = example.keys()
    if keys & {"preferred_output", "non_preferred_output", "chosen", "rejected", "completions"}:
        raise NotConvertible("this is a line for preference tuning: it has no single right answer")
    if "references" in keys or "reference_answer" in keys:
        raise NotConvertible("this is a line for reinforcement tuning: it has a reference, not an answer")
    if "schemaVersion" in keys:
        return "bedrock"
    if "messages" in keys:
        return "anthropic" if "system" in keys or _has_blocks(example["messages"]) else "openai-chat"
    if "conversations" in keys:
        return "sharegpt"
    if "input_text" in keys:
        return "palm"
    if "output" in keys and keys & {"instruction", "input"}:
        return "alpaca"
    if "prompt" in keys and keys & {"completion", "response"}:
        return "prompt-completion"
    raise NotConvertible("the line is of no known format; name it with --from")


def _has_blocks(messages: Any) -> bool:
    """Whether messages have the content blocks that only Anthropic has."""
    return isinstance(messages, list) and any(
        isinstance(block, dict) and block.get("type") in ("tool_use", "tool_result", "image")
        for message in messages
        if isinstance(message, dict) and isinstance(message.get("content"), list)
        for block in message["content"]
    )
