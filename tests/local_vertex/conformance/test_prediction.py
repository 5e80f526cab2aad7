"""Forms of prediction that are for models with containers: a tuned Gemini model's endpoint refuses them in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from google.api import httpbody_pb2
from google.api_core import exceptions

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

BODY = httpbody_pb2.HttpBody(content_type="application/json", data=b"{}")
GEMINI = "Gemini cannot be accessed through Vertex Predict/RawPredict API"
BASE_MODEL = "publishers/google/models/gemini-2.5-flash"


def refused(act: Callable[[], Any], match: str | None = None) -> None:
    """What is called, and read to its end when it is a stream, is refused with a 400."""
    with pytest.raises(exceptions.BadRequest, match=match):
        list(act())


def test_a_tuned_endpoint_generates_and_does_not_predict(target: Target, tuned_endpoint: str, api: Any) -> None:
    client = target.gapic(api.PredictionServiceClient)
    instances = [{"x": 1.0}]
    for endpoint in (tuned_endpoint, f"{target.parent}/{BASE_MODEL}"):
        refused(lambda name=endpoint: client.predict(endpoint=name, instances=instances), GEMINI)
        refused(lambda name=endpoint: client.raw_predict(endpoint=name, http_body=BODY), GEMINI)
        refused(lambda name=endpoint: client.stream_raw_predict(endpoint=name, http_body=BODY), GEMINI)
        refused(lambda name=endpoint: client.server_streaming_predict(request={"endpoint": name}), GEMINI)
    refused(lambda: client.direct_predict(request={"endpoint": tuned_endpoint}))
    refused(lambda: client.direct_raw_predict(request={"endpoint": tuned_endpoint}))
    refused(lambda: client.explain(endpoint=tuned_endpoint, instances=instances))


def test_the_high_level_sdk_hears_it_too(sdk: Any, tuned_endpoint: str) -> None:
    endpoint = sdk.Endpoint(tuned_endpoint)
    refused(lambda: endpoint.predict(instances=[{"x": 1.0}]), GEMINI)
    refused(lambda: endpoint.explain(instances=[{"x": 1.0}]))


def test_a_deployed_model_without_machines_does_not_change(target: Target, tuned_endpoint: str, api: Any) -> None:
    client = target.gapic(api.EndpointServiceClient)
    (deployed,) = client.get_endpoint(name=tuned_endpoint).deployed_models
    changed = api.DeployedModel(id=deployed.id, dedicated_resources={"min_replica_count": 2})
    mask = {"paths": ["dedicated_resources.min_replica_count"]}
    with pytest.raises(exceptions.BadRequest):
        client.mutate_deployed_model(endpoint=tuned_endpoint, deployed_model=changed, update_mask=mask).result()
    missing = api.DeployedModel(id="12345")
    with pytest.raises((exceptions.NotFound, exceptions.BadRequest)):
        client.mutate_deployed_model(endpoint=tuned_endpoint, deployed_model=missing, update_mask=mask).result()


def test_settings_of_a_base_model(target: Target, api: Any) -> None:
    client = target.gapic(api.EndpointServiceClient)
    if not hasattr(client, "fetch_publisher_model_config"):
        pytest.skip("v1beta1 has it")
    name = f"{target.parent}/{BASE_MODEL}"
    # A class of the beta library, whichever way its client is called.
    config = {"logging_config": {"enabled": True, "sampling_rate": 0.5}}
    client.set_publisher_model_config(name=name, publisher_model_config=config).result()
    found = client.fetch_publisher_model_config(name=name)
    assert (found.logging_config.enabled, found.logging_config.sampling_rate) == (True, 0.5)
    client.set_publisher_model_config(name=name, publisher_model_config={}).result()
    assert not client.fetch_publisher_model_config(name=name).logging_config.enabled


def test_contents_are_embedded_one_at_a_time(target: Target, api: Any) -> None:
    client = target.gapic(api.PredictionServiceClient)
    model = f"{target.parent}/publishers/google/models/gemini-embedding-2-preview"
    content = {"parts": [{"text": "My card has not arrived yet."}]}
    found = client.embed_content(request={"model": model, "content": content, "output_dimensionality": 64})
    assert (len(found.embedding.values), found.truncated) == (64, False)
    refused(lambda: client.embed_content(request={"model": model, "content": {"parts": []}}))
