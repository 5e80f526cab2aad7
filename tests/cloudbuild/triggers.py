"""What Cloud Build does with a Pub/Sub message before a build starts: substitutions from the message, then the filter.

Sources: https://cloud.google.com/build/docs/automate-builds-pubsub-events (payload bindings) and
https://github.com/google/cel-spec for the three forms that the filter uses; another form is an error, not a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_BINDING = re.compile(r"\$\(body\.([\w.]+)\)")
_EQUAL = re.compile(r'(_[A-Z_]+) == ("(?:[^"\\]|\\.)*")')
_MATCHES = re.compile(r'(_[A-Z_]+)\.matches\(("(?:[^"\\]|\\.)*")\)')


class Trigger:
    """A Pub/Sub trigger as Terraform plans it.

    Args:
        planned: The resource's planned values, `google_cloudbuild_trigger`.
    """

    def __init__(self, planned: Mapping[str, Any]) -> None:
        self._substitutions: Mapping[str, str] = planned["substitutions"]
        self._filter: str = planned["filter"]

    def build(self, body: Mapping[str, Any]) -> dict[str, str] | None:
        """The substitutions of the build that a push request starts; None when the filter keeps it back."""
        given = {
            key: _BINDING.sub(lambda found: _field(body, found[1]), text) for key, text in self._substitutions.items()
        }
        return given if all(_holds(term, given) for term in self._filter.split(" && ")) else None


def _field(body: Any, path: str) -> str:
    for name in path.split("."):
        body = body.get(name, {}) if isinstance(body, dict) else {}
    return body if isinstance(body, str) else ""


def _holds(term: str, given: Mapping[str, str]) -> bool:
    if found := _EQUAL.fullmatch(term):
        return given[found[1]] == json.loads(found[2])
    found = _MATCHES.fullmatch(term)
    assert found, f"a form of CEL that this test cannot judge: {term}"
    # In RE2, `$` is the end of the text and nothing else.
    pattern = re.sub(r"(?<!\\)\$$", r"\\Z", json.loads(found[2]))
    return re.search(pattern, given[found[1]]) is not None
