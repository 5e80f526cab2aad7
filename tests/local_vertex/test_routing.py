"""Requests are checked against Google's discovery documents and protos."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_vertex.calls import Call, ServiceError
from local_vertex.http_api.request_checks import checked_call
from local_vertex.http_api.routing import Routes
from local_vertex.resource_names import project_number

ROUTES = Routes()
NUMBER = project_number("p")
US = "projects/7/locations/us"
GEMINI = "publishers/google/models/gemini-2.5-flash"
PARENT = "/v1beta1/projects/p/locations/us-central1"
JOB: dict[str, Any] = {
    "baseModel": "gemini-2.5-flash",
    "supervisedTuningSpec": {
        "trainingDatasetUri": "gs://b/train.jsonl",
        "hyperParameters": {"epochCount": "3", "learningRateMultiplier": 1.5, "adapterSize": "ADAPTER_SIZE_FOUR"},
    },
    "labels": {"a": "b"},
}
QUESTION: dict[str, Any] = {
    "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
    "generationConfig": {"temperature": 0, "stopSequences": ["x"], "maxOutputTokens": 5},
}


def call(method: str, path: str, body: object = None, *query: tuple[str, str]) -> Call:
    return checked_call(ROUTES, method, path, query, b"" if body is None else json.dumps(body).encode())


def refusal(method: str, path: str, body: object = None, *query: tuple[str, str]) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        call(method, path, body, *query)
    return caught.value


@pytest.mark.parametrize(
    ("method", "path", "name", "parameter", "value"),
    [
        (
            "GET",
            "/v1/projects/p/locations/us/models/9%401",
            "models.get",
            "name",
            f"projects/{NUMBER}/locations/us/models/9@1",
        ),
        ("POST", f"/v1/{US}/models:upload", "models.upload", "parent", US),
        ("GET", f"/ui/{US}/operations/5", "operations.get", "name", f"{US}/operations/5"),
        (
            "GET",
            f"/ui/{US}/endpoints/3/operations/5",
            "endpoints.operations.get",
            "name",
            f"{US}/endpoints/3/operations/5",
        ),
        ("POST", f"/v1beta1/{US}/:evaluateInstances", "evaluateInstances", "location", US),
        ("POST", f"/v1/{US}/{GEMINI}:countTokens", "publishers.models.countTokens", "endpoint", f"{US}/{GEMINI}"),
        ("POST", f"/v1/{US}/tuningJobs/5:cancel", "tuningJobs.cancel", "name", f"{US}/tuningJobs/5"),
    ],
)
def test_paths_lead_to_methods(method: str, path: str, name: str, parameter: str, value: str) -> None:
    found = call(method, path, {} if method == "POST" else None)
    assert (found.method, found.names) == (f"projects.locations.{name}", {parameter: value})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/projects/p/locations/us/nothings"),
        ("DELETE", "/v1/projects/p/locations/us/tuningJobs/5"),
        ("GET", "/v1/projects/p/locations/us/models/5/6"),
        ("GET", "/v1/projects//locations/us/models/5"),
        ("GET", "/v2/projects/p/locations/us/models/5"),
        ("POST", "/v1/projects/p/locations/us/models/5:fly"),
        ("GET", "/v1/"),
    ],
)
def test_unknown_routes_are_not_found(method: str, path: str) -> None:
    error = refusal(method, path)
    assert (error.code, error.status) == (404, "NOT_FOUND")


def test_query_parameters_are_checked() -> None:
    found = call(
        "GET", f"{PARENT}/tuningJobs", None, ("page_size", "5"), ("filter", "a"), ("filter", "b"), ("$alt", "json")
    )
    assert found.query == {"pageSize": "5", "filter": "b"}
    unknown = refusal("GET", f"{PARENT}/tuningJobs", None, ("nonsense", "5"))
    assert unknown.message == (
        'Invalid JSON payload received. Unknown name "nonsense": Cannot bind query parameter. '
        "Field 'nonsense' could not be found in request message."
    )
    assert refusal("GET", f"{PARENT}/tuningJobs", None, ("pageSize", "five")).code == 400


def test_bodies_become_canonical() -> None:
    sent = {
        "base_model": "gemini-2.5-flash",
        "supervised_tuning_spec": {"hyper_parameters": {"epoch_count": 3, "learningRateMultiplier": "1.5"}},
        "description": None,
        "state": "JOB_STATE_SUCCEEDED",
    }
    assert call("POST", f"{PARENT}/tuningJobs", sent).body == {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {"hyperParameters": {"epochCount": "3", "learningRateMultiplier": 1.5}},
    }


def test_enum_numbers_of_the_generated_clients_become_names() -> None:
    sent = {"baseModel": "m", "supervisedTuningSpec": {"hyperParameters": {"epochCount": "3", "adapterSize": 6}}}
    found = call("POST", f"{PARENT}/tuningJobs", sent, ("$alt", "json;enum-encoding=int"))
    assert found.body["supervisedTuningSpec"]["hyperParameters"] == {
        "epochCount": "3",
        "adapterSize": "ADAPTER_SIZE_TWO",
    }
    wrong = refusal("POST", f"{PARENT}/tuningJobs", {"epochs": 1}, ("$alt", "json;enum-encoding=int"))
    assert wrong.code == 400


def test_every_unknown_field_is_named_in_the_services_words() -> None:
    error = refusal("POST", f"{PARENT}/tuningJobs", {"supervisedTuningSpec": {"epochs": 3}, "nonsense": 1})
    assert error.message.splitlines() == [
        f"Invalid JSON payload received. {sentence}: Cannot find field."
        for sentence in (
            "Unknown name \"epochs\" at 'tuning_job.supervised_tuning_spec'",
            "Unknown name \"nonsense\" at 'tuning_job'",
        )
    ]
    assert error.details[0]["@type"] == "type.googleapis.com/google.rpc.BadRequest"


def test_fields_that_exclude_each_other() -> None:
    body = {"contents": [{"parts": [{"text": "a", "inlineData": {"mimeType": "a", "data": "aGk="}}]}]}
    error = refusal("POST", f"{PARENT}/publishers/google/models/m:generateContent", body)
    assert "oneof" in error.message


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'"x"', b"\xff", b'{"a": NaN}', b'{"contents": "\\ud800"}', b"[" * 5000]
)
def test_what_is_no_json_object_is_refused(content: bytes) -> None:
    with pytest.raises(ServiceError) as caught:
        checked_call(ROUTES, "POST", f"{PARENT}/publishers/google/models/m:generateContent", (), content)
    assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")


def test_endless_nesting_is_refused() -> None:
    content = b'{"generationConfig":{"responseSchema":' + b'{"items":' * 900 + b"{}" + b"}" * 902
    with pytest.raises(ServiceError):
        checked_call(ROUTES, "POST", f"{PARENT}/publishers/google/models/m:generateContent", (), content)


def test_a_wrong_text_is_not_repeated_in_the_refusal() -> None:
    body = {"contents": "a user's words", "generationConfig": {"temperature": "a user's words"}}
    error = refusal("POST", f"{PARENT}/publishers/google/models/m:generateContent", body)
    assert "user's" not in json.dumps(error.body())


def objects_in(body: Any) -> list[dict[str, Any]]:
    """The messages in a body; a map's keys are free, so `labels` is left out."""
    if isinstance(body, list):
        return [found for item in body for found in objects_in(item)]
    if isinstance(body, dict):
        return [body, *(found for key, item in body.items() if key != "labels" for found in objects_in(item))]
    return []


BODIES = st.sampled_from(
    [
        (f"{PARENT}/tuningJobs", JOB),
        (f"{PARENT}/endpoints/5:generateContent", QUESTION),
        ("/v1/projects/p/locations/l/endpoints/5:streamGenerateContent", QUESTION),
    ]
)
KEYS = st.text(min_size=1, max_size=12)


@given(BODIES, st.data(), KEYS)
def test_an_added_or_renamed_field_is_refused_and_nothing_else_is(
    target: tuple[str, dict[str, Any]], data: st.DataObject, key: str
) -> None:
    path, original = target
    assert call("POST", path, original).body
    body = json.loads(json.dumps(original))
    chosen = data.draw(st.sampled_from(objects_in(body)))
    unknown = f"~{key}"
    if data.draw(st.booleans()):
        chosen[unknown] = 1
    else:
        renamed = data.draw(st.sampled_from(sorted(chosen)))
        chosen[unknown] = chosen.pop(renamed)
    assert refusal("POST", path, body).message.startswith("Invalid JSON payload received. Unknown name")


@given(BODIES, st.data())
def test_a_mistyped_field_is_refused(target: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    path, original = target
    body = json.loads(json.dumps(original))
    chosen = data.draw(st.sampled_from(objects_in(body)))
    key = data.draw(st.sampled_from(sorted(chosen)))
    wrong: list[object] = [True, [[]]] if isinstance(chosen[key], list) else [True, [chosen[key]]]
    if isinstance(chosen[key], str):
        # A 64-bit integer is text in canonical JSON, and a number is accepted for it.
        wrong += [{}] if chosen[key].isdigit() else [5, {}]
    if isinstance(chosen[key], dict):
        wrong += ["text", 5]
    if isinstance(chosen[key], int | float):
        wrong += ["text", {}]
    chosen[key] = data.draw(st.sampled_from(wrong))
    assert refusal("POST", path, body).code == 400


FIELDS = ["contents", "parts", "text", "x"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner),
    max_leaves=8,
)


@given(json_values)
def test_no_body_can_make_the_check_fail_in_another_way(body: object) -> None:
    try:
        call("POST", f"{PARENT}/endpoints/5:generateContent", {"contents": body})
    except ServiceError as error:
        code = error.code
    else:
        code = 400
    assert code == 400
