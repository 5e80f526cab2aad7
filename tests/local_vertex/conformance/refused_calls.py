"""Calls of the methods that the tables call refused, with requests that are otherwise in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from google.cloud import storage

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


def endpoint(sdk: Any) -> Any:
    """An endpoint that is only asked to predict."""
    made = sdk.Endpoint.create(display_name="refused")
    made._gca_resource.deployed_models = [{"id": "1"}]
    return made


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
SDK: dict[tuple[str, str], Callable[[Any], object]] = {
    ("aiplatform.Model", "upload"): lambda sdk: sdk.Model.upload(
        serving_container_image_uri="image", display_name="x", sync=True
    ),
    ("aiplatform.Endpoint", "predict"): lambda sdk: endpoint(sdk).predict([{"x": 1}]),
    ("aiplatform.Endpoint", "explain"): lambda sdk: endpoint(sdk).explain([{"x": 1}]),
}
STORAGE: dict[tuple[str, str], Callable[[storage.Blob], object]] = {
    ("storage.Client", "create_hmac_key"): lambda blob: blob.client.create_hmac_key("a@b.iam.gserviceaccount.com"),
    ("storage.Client", "list_hmac_keys"): lambda blob: list(blob.client.list_hmac_keys()),
    ("storage.Client", "get_hmac_key_metadata"): lambda blob: blob.client.get_hmac_key_metadata("key"),
    ("storage.Client", "get_service_account_email"): lambda blob: blob.client.get_service_account_email(),
    ("storage.Client", "restore_bucket"): lambda blob: blob.client.restore_bucket(blob.bucket.name, 1),
    ("storage.Bucket", "get_iam_policy"): lambda blob: blob.bucket.get_iam_policy(),
    ("storage.Bucket", "set_iam_policy"): lambda blob: blob.bucket.set_iam_policy(_policy()),
    ("storage.Bucket", "test_iam_permissions"): lambda blob: blob.bucket.test_iam_permissions(["storage.objects.get"]),
    ("storage.Bucket", "lock_retention_policy"): lambda blob: _locked(blob.bucket),
    ("storage.Bucket", "make_private"): lambda blob: blob.bucket.make_private(),
    ("storage.Bucket", "make_public"): lambda blob: blob.bucket.make_public(),
    ("storage.Bucket", "move_blob"): lambda blob: blob.bucket.move_blob(blob, "moved"),
    ("storage.Bucket", "restore_blob"): lambda blob: blob.bucket.restore_blob(blob.name, generation=1),
    ("storage.Blob", "get_iam_policy"): lambda blob: blob.get_iam_policy(),
    ("storage.Blob", "set_iam_policy"): lambda blob: blob.set_iam_policy(_policy()),
    ("storage.Blob", "test_iam_permissions"): lambda blob: blob.test_iam_permissions(["storage.objects.get"]),
    ("storage.Blob", "make_private"): lambda blob: blob.make_private(),
    ("storage.Blob", "make_public"): lambda blob: blob.make_public(),
}


def _policy() -> Any:
    from google.api_core.iam import Policy

    policy = Policy(version=3)
    policy.bindings = [{"role": "roles/storage.objectViewer", "members": {"user:a@b.example"}}]
    return policy


def _locked(bucket: storage.Bucket) -> None:
    bucket.retention_period = 1
    bucket.patch()
    bucket.lock_retention_policy()
