"""Labels by which endpoints and models say whose they are, because two environments may share a project and a region.

Each environment knows its own ledger only. What another one uses is seen on the resource itself: its stable endpoint
carries the mark of one ledger, a model version a mark for every ledger that released or registered it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from components.errors import RetuneError, service_error

LINE_LABEL = "retune-name"
"""Label with the name of the model line that made the resource."""
OWNER_LABEL = "retune-ledger"
"""Label of a stable endpoint: the mark of the one ledger that decides what serves there."""
USE_LABEL = "retune-used-by-"
"""How the labels of a model version begin that name the ledgers which use it."""


def ledger_mark(ledger_root: str) -> str:
    """A ledger in labels, which take neither slashes nor capitals: 16 hex digits of its `gs://` root's digest."""
    return hashlib.sha256(ledger_root.encode()).hexdigest()[:16]


def use_label(ledger_root: str) -> str:
    """The label of a model version that says that this ledger uses it."""
    return USE_LABEL + ledger_mark(ledger_root)


def used_elsewhere(labels: Mapping[str, str], ledger_root: str) -> bool:
    """Whether another ledger uses the model version."""
    return any(key.startswith(USE_LABEL) and key != use_label(ledger_root) for key in labels)


def owned_elsewhere(labels: Mapping[str, str], ledger_root: str) -> bool:
    """Whether another ledger decides what serves at the endpoint."""
    return labels.get(OWNER_LABEL, "") not in ("", ledger_mark(ledger_root))


def shared_endpoint(endpoint: str) -> RetuneError:
    """The error that keeps one environment from taking what serves in another one."""
    return service_error(
        "RELEASE-SHARED",
        f"another model line or environment serves at this endpoint, as its label {OWNER_LABEL} or its traffic says",
        "give this one a project, a region or a serving.endpoint of its own; if the other one is given up, take the "
        "label or the model off the endpoint",
        endpoint,
    )
