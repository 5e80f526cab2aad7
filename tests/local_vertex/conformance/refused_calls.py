"""Calls of the methods that the tables call refused, with requests that are otherwise in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.local_vertex.conformance.target import Target

_FIELD = re.compile(r"\{([\w.]+)=([^}]*)\}")


def low_level_request(client: Any, method: str) -> dict[str, Any]:
    """A request that leads to the method's first path.

    The generated transports keep their paths in classes with a leading underscore; nothing public names them.
    """
    name = "_Base" + "".join(word.capitalize() for word in method.split("_"))
    address = getattr(type(client.transport), name)._get_http_options()[0]["uri"]
    request: dict[str, Any] = {}
    for path, pattern in _FIELD.findall(address):
        place, fields = request, path.split(".")
        for name in fields[:-1]:
            place = place.setdefault(name, {})
        place[fields[-1]] = pattern.replace("**", "1").replace("*", "1")
    return request


REWARD: dict[str, Any] = {
    "parent": "projects/1/locations/us-central1",
    "sample_response": {"parts": [{"text": "x"}]},
    "example": {"contents": [{"parts": [{"text": "x"}]}]},
    "single_reward_config": {"reward_name": "x"},
}
GENAI: dict[tuple[str, str], Callable[[Target], object]] = {
    ("google-genai Tunings", "validate_reward"): lambda target: target.genai().tunings.validate_reward(**REWARD),
    ("google-genai AsyncTunings", "validate_reward"): lambda target: target.awaited(
        lambda client: client.tunings.validate_reward(**REWARD)
    ),
}
