"""Refuses a Terraform plan that would delete what cannot be made again: `python check_plan.py PLAN.json`.

PLAN.json is what `terraform show -json PLAN` prints. Only addresses and actions are shown, because values may be
secret. Needs nothing but Python.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

KEPT = frozenset(
    {
        "google_artifact_registry_repository",
        "google_kms_crypto_key",
        "google_kms_key_ring",
        "google_project_service",
        "google_service_account",
        "google_storage_bucket",
        "google_vertex_ai_endpoint",
    }
)
"""Types that hold data or names that others rely on; replacing one deletes it first."""


def changes(plan: dict[str, object]) -> list[tuple[str, str, str]]:
    """Address, type and action of every resource that the plan changes."""
    listed = plan.get("resource_changes", [])
    assert isinstance(listed, list)
    return [
        (change["address"], change["type"], "+".join(change["change"]["actions"]))
        for change in listed
        if change["change"]["actions"] not in (["no-op"], ["read"])
    ]


def main(path: str) -> int:
    """Print what changes; 0 when it may be applied, 1 when something would be lost."""
    planned = changes(json.loads(Path(path).read_text(encoding="utf-8")))
    for address, _, action in planned:
        print(f"{action}  {address}")
    lost = [address for address, kind, action in planned if kind in KEPT and "delete" in action]
    for address in lost:
        print(f"refused: {address} would be deleted, and what it holds with it", file=sys.stderr)
    if lost:
        print("next: apply this plan by hand if it is meant, or correct the configuration", file=sys.stderr)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
