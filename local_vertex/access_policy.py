"""Access policies as Cloud IAM has them: kept and given back, never enforced; whoever asks has every permission.

Source: https://cloud.google.com/iam/docs/reference/rest/v1/Policy and google/iam/v1/iam_policy.proto. The sentences of
refusals are own ones, but for that of an outdated etag.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from local_vertex.calls import Json
from local_vertex.state import State

KIND = "accessPolicies"
OUTDATED = "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
_ROLE = re.compile(r"(roles|projects/[^/]+/roles|organizations/[^/]+/roles)/[\w.]+")
_MEMBER = re.compile(r"(deleted:)?(user|serviceAccount|group|domain|project\w+|principal|principalSet):\S+")
_EVERYBODY = ("allUsers", "allAuthenticatedUsers")
_WITH_CONDITIONS = 3
_PERMISSION = re.compile(r"[a-z]\w*(\.\w+)+")


def read_policy(state: State, resource: str) -> Json:
    """The policy of a resource; an empty one where none was set."""
    return state.get(KIND, resource) or _tagged({"version": 1})


def problem(state: State, resource: str, policy: Json) -> str:
    """What is wrong with a policy that would be set; `OUTDATED` for an etag of another one, empty if nothing."""
    if "etag" in policy and policy["etag"] != read_policy(state, resource)["etag"]:
        return OUTDATED
    for binding in policy.get("bindings") or []:
        role = binding.get("role", "")
        if not _ROLE.fullmatch(role):
            return f"Invalid role: {role[:70]!r}."
        for member in binding.get("members") or []:
            if member not in _EVERYBODY and not _MEMBER.fullmatch(member):
                return f"Invalid member: {member[:70]!r}."
        if "condition" in binding and policy.get("version") != _WITH_CONDITIONS:
            return f"A policy with conditions must have version {_WITH_CONDITIONS}."
    return ""


def write_policy(state: State, resource: str, policy: Json) -> Json:
    """Replace the policy of a resource and return it with its new etag."""
    written = _tagged({"version": 1, **policy})
    state.put(KIND, resource, written)
    return written


def forget_policy(state: State, resource: str) -> None:
    """Let a resource of the same name begin without a policy."""
    state.delete(KIND, resource)


def wrong_permission(permissions: Sequence[str]) -> str:
    """The first that is no permission: those with wildcards are not allowed, says iam_policy.proto; else empty."""
    return next((found for found in permissions if not _PERMISSION.fullmatch(found)), "")


def _tagged(policy: dict[str, Any]) -> Json:
    content = {name: value for name, value in policy.items() if name != "etag"}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()
    return {**content, "etag": base64.b64encode(digest[:8]).decode()}
