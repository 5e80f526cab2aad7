"""Resource names: the service answers with project numbers, whatever the client asked with."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

_PROJECT = re.compile(r"^projects/([^/]+)")


@lru_cache(maxsize=1024)
def project_number(project: str) -> str:
    """The twelve-digit number of a project; a number is its own."""
    if project.isdigit():
        return project
    digest = int.from_bytes(hashlib.sha256(project.encode()).digest()[:8], "big")
    return str(100_000_000_000 + digest % 900_000_000_000)


def canonical(name: str) -> str:
    """The resource name with the project as a number, e.g. `projects/123456789012/locations/us/models/5@1`."""
    return _PROJECT.sub(lambda found: f"projects/{project_number(found.group(1))}", name)
