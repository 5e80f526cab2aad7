"""Aliases of model versions: names such as `champion` that belong to one version of a model at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence

from local_vertex.calls import invalid_argument
from local_vertex.clock import timestamp
from local_vertex.registry.model_versions import DEFAULT_ALIAS, KIND, find_version, split_version, versions_of
from local_vertex.state import State

# Source: Model.version_aliases of the service. The reply to a shorter or other name is not documented.
_ALIAS = re.compile(r"-?[a-z][a-zA-Z0-9-]{0,126}[a-z0-9-]")


def merge_aliases(state: State, name: str, aliases: Sequence[str]) -> None:
    """Give a version aliases, which other versions of the model lose; `-alias` takes one away from it.

    Args:
        state: Where the versions are.
        name: The version, `projects/N/locations/L/models/ID@V`.
        aliases: Aliases to add, and with a leading `-` to remove.

    Raises:
        ServiceError: 404, or 400 for a malformed alias and for taking `default` away.
    """
    for alias in aliases:
        if not _ALIAS.fullmatch(alias):
            raise invalid_argument(f"Invalid version alias: {alias[:130]!r}.")
    if f"-{DEFAULT_ALIAS}" in aliases:
        raise invalid_argument("The alias default cannot be removed; give it to another version instead.")
    moved = {alias for alias in aliases if not alias.startswith("-")}
    removed = {alias[1:] for alias in aliases if alias.startswith("-")}
    with state.transaction():
        wanted = find_version(state, name)
        for version in versions_of(state, split_version(wanted["name"])[0]):
            kept = [alias for alias in version["versionAliases"] if alias not in moved]
            if version["name"] == wanted["name"]:
                kept = [alias for alias in kept if alias not in removed] + sorted(moved)
            if kept != version["versionAliases"]:
                version |= {"versionAliases": kept, "versionUpdateTime": timestamp()}
                state.put(KIND, version["name"], version)
