"""Answers to logged prompts and to fresh examples that are older than they may get: they are about people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from components.endpoint_deployment.removal import Removal
from components.step import Step


def old_replays(step: Step, before: float) -> Iterator[Removal]:
    """Answers to logged prompts and of watches, and what judges said of them, whatever serves.

    A replay asks again, and a watch never looks at the answers of another one.
    """
    old: dict[str, list[str]] = defaultdict(list)
    for folder in ("shadow", "watches"):
        for found in step.storage.list(f"{step.root}/{folder}/"):
            if found.written_at < before:
                old[found.uri.rpartition("/")[0] + "/"].append(found.uri)
    for folder, files in old.items():
        why = f"{len(files)} files with answers of a replay or a watch; one that needs them asks again"
        yield Removal("replay", folder, why, lambda files=files: _remove_files(step, files))  # type: ignore[misc]


def _remove_files(step: Step, files: list[str]) -> None:
    for uri in files:
        step.storage.delete(uri)
