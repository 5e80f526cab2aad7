"""Every resource of the modules that can have a customer-managed key gets it."""

from __future__ import annotations

import json
import re

import pytest

from docs.terraform_tables import TERRAFORM
from tests.terraform.offline import NEWEST, OFFLINE

KEY = re.compile(r'"(?:default_)?kms_key_name": \{')
NOT_AT_REST = {"google_cloudbuild_trigger"}
"""Its key decrypts secrets that a build file holds; ours hold none."""


def test_what_can_have_a_key_is_given_it() -> None:
    schema = OFFLINE.parent / "schema" / f"google-{NEWEST}.json"
    if not schema.is_file():
        pytest.skip("no schema of the provider here")
    (provider,) = json.loads(schema.read_text(encoding="utf-8"))["provider_schemas"].values()
    able = {kind for kind, facts in provider["resource_schemas"].items() if KEY.search(json.dumps(facts))} - NOT_AT_REST
    found: dict[str, list[bool]] = {}
    for path in (TERRAFORM / "modules").rglob("*.tf"):
        for kind, body in re.findall(r'^resource "(\w+)" "\w+" \{\n(.*?)^\}', path.read_text("utf-8"), re.M | re.S):
            if kind in able:
                found.setdefault(kind, []).append(bool(re.search(r"kms_key_name +=", body)))
    assert all(map(all, found.values())), found
    assert found.keys() == {
        "google_artifact_registry_repository",
        "google_colab_schedule",
        "google_pubsub_topic",
        "google_storage_bucket",
        "google_vertex_ai_endpoint",
    }
