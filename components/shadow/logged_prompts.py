"""Logged requests as what champion and candidate are asked, with the answer that was given at the time.

Sources: the service's page "Log requests and responses" (columns `full_request` and `full_response` of the log table, a
`GenerateContentRequest` and a `GenerateContentResponse` as JSON, the latter with `error` where the call failed), and
"Batch prediction" (`request` and `response` of an output line).
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable
from typing import Any

import msgspec

from components.dataset_validation.lines.camel_case import camel_case
from components.evaluation.requests import TEMPERATURE, TestExample
from components.gcp.answers import read_answer

REPLAYED = ("contents", "tools", "toolConfig", "safetySettings")
# Keys that a dataset does not have, so that `camel_case` does not know them.
_SNAKE = {"tool_config": "toolConfig", "safety_settings": "safetySettings"}
_PAIRS = (("full_request", "full_response"), ("fullRequest", "fullResponse"), ("request", "response"))


def drawn_lines(lines: Iterable[bytes], rows: int, seed: int) -> list[tuple[str, bytes]]:
    """So many lines with the key that drew them, in the order of the keys.

    The key depends on seed, place and content of the line, so a file that grows at its end keeps most of its sample:
    what was asked before is not asked again.
    """
    keyed = (
        (hashlib.sha256(b"%d %d " % (seed, number) + line).hexdigest(), line)
        for number, line in enumerate(lines)
        if line.strip()
    )
    return heapq.nsmallest(rows, keyed)


def prompt_of_line(key: str, line: bytes, seed: int) -> TestExample | None:
    """The prompt in a line of JSON; None when it cannot be replayed.

    A line is a row of the log table (`full_request`, `full_response`), a line of a batch's output (`request`,
    `response`), or a request as it is, whose last turn may be the model's answer.
    """
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    for asked, answered in _PAIRS:
        if asked in value:
            return logged_prompt(key, _object(value[asked]), _object(value.get(answered)), seed)
    settings = {} if "generation_config" in value else {"generationConfig": {"temperature": TEMPERATURE}}
    return logged_prompt(key, {**settings, **value}, None, seed)


def logged_prompt(key: str, request: Any, response: Any, seed: int) -> TestExample | None:
    """A logged request to ask again, with the logged answer as its reference; None when it cannot be replayed.

    It is sent as the application sent it, its generation settings and response schema too, but for two things: each
    model thinks as it is served, and a request without a seed gets one. Labels, which are for billing, are left out.

    Args:
        key: Identifies the row in the sample.
        request: A `GenerateContentRequest`.
        response: A `GenerateContentResponse`; None when it is not known.
        seed: For requests that were sent without one.
    """
    try:
        found, _ = camel_case(request)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not _turns(found.get("contents")):
        return None
    answer = _text(response)
    if response is None and found["contents"][-1].get("role") == "model":
        answer = _text({"candidates": [{"content": found["contents"][-1]}]})
        found = {**found, "contents": found["contents"][:-1]}
        if not found["contents"]:
            return None
    found = {_SNAKE.get(name, name): value for name, value in found.items()}
    wanted = {name: found[name] for name in REPLAYED if found.get(name)}
    config = {name: value for name, value in _dict(found.get("generationConfig")).items() if name != "thinkingConfig"}
    wanted["generationConfig"] = {"seed": seed, **config}
    if found.get("systemInstruction"):
        if not _turns([found["systemInstruction"]]):
            return None
        texts = [str(part["text"]) for part in found["systemInstruction"]["parts"] if part.get("text")]
        wanted["systemInstruction"] = "\n".join(texts)
    request_json = msgspec.json.encode(wanted, order="deterministic")
    return TestExample(key[:16], request_json, hashlib.sha256(request_json).hexdigest(), answer)


def _turns(contents: Any) -> bool:
    """Whether these are turns with parts, and at least one."""
    return (
        isinstance(contents, list)
        and bool(contents)
        and all(isinstance(turn, dict) and isinstance(turn.get("parts"), list) for turn in contents)
        and all(isinstance(part, dict) for turn in contents for part in turn["parts"])
    )


def _text(response: Any) -> str:
    """What the response says; empty for none, and for one that is not readable."""
    return read_answer(msgspec.json.encode(response), 0.0, 1).text if isinstance(response, dict) else ""


def _object(value: Any) -> Any:
    """An export may hold a column of JSON as text."""
    if isinstance(value, str):
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return None
    return value


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
