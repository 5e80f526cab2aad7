"""The one token estimate that every count of local Vertex uses.

Gemini's tokenizer is not public as code. Google's rule of thumb is about four characters to a token
(https://ai.google.dev/gemini-api/docs/tokens), so a text counts as its characters divided by four, rounded up.
"""

from __future__ import annotations

import json

from local_vertex.calls import Json

CHARACTERS_PER_TOKEN = 4


def estimate_tokens(text: str) -> int:
    """Estimated tokens of a text; 0 for the empty one."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def part_text(part: Json) -> str:
    """The text that stands for a part: its text, or the JSON of what it holds instead."""
    if "text" in part:
        return str(part["text"])
    return json.dumps(part, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def content_text(content: Json) -> str:
    """All parts of a turn, one to a line."""
    return "\n".join(part_text(part) for part in content.get("parts", []))


def content_tokens(content: Json) -> int:
    """Estimated tokens of a turn."""
    return estimate_tokens(content_text(content))
