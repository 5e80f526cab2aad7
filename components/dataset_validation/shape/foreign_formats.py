"""Recognises lines that were written for another tuning service or method."""

from __future__ import annotations

from typing import Any

from components.dataset_validation.findings.finding import Problem

_COMPLETION_PAIRS = (("prompt", "completion"), ("prompt", "response"), ("instruction", "output"), ("input", "output"))


def foreign_format(example: dict[str, Any]) -> Problem | None:
    """The problem that names the other format; None when the line is meant for Gemini supervised tuning."""
    if isinstance(example.get("messages"), list):
        return _chat(example)
    if "input_text" in example:
        return Problem("DATA-FORMAT-PALM", "this is the format of the retired PaLM models (input_text, output_text)")
    if "contents" not in example:
        for prompt, completion in _COMPLETION_PAIRS:
            if prompt in example and completion in example:
                message = f"this is a pair of {prompt} and {completion}, not Gemini's contents"
                return Problem("DATA-FORMAT-COMPLETION", message)
        return None
    if "completions" in example:
        return Problem("DATA-FORMAT-PREFERENCE", "this is a line for preference tuning (completions)")
    if "references" in example:
        return Problem("DATA-FORMAT-REINFORCEMENT", "this is a line for reinforcement tuning (references)")
    return None


def _chat(example: dict[str, Any]) -> Problem:
    if "system" in example or "schemaVersion" in example:
        return Problem("DATA-FORMAT-ANTHROPIC", "this is the conversation format of Anthropic and Bedrock (messages)")
    return Problem("DATA-FORMAT-OPENAI-CHAT", "this is the OpenAI chat format (messages)")
