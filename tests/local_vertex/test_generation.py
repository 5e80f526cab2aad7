"""Answers of base models and tuned endpoints through google-genai."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from google.genai import errors, types

from local_vertex.serving.traffic_splits import chosen_model

if TYPE_CHECKING:
    from local_vertex.server import RunningServer
    from tests.local_vertex.conftest import Cloud

QUESTION = "please unlock, wrong password"


@pytest.fixture
def endpoint(tuned_job: types.TuningJob) -> str:
    assert tuned_job.tuned_model is not None
    return str(tuned_job.tuned_model.endpoint)


@pytest.fixture
def fault(server: RunningServer) -> Iterator[Callable[..., None]]:
    with httpx.Client(base_url=server.base_url) as web:
        yield lambda **rule: web.post("/_faults", json=rule).raise_for_status() and None
        web.delete("/_faults")


def test_a_tuned_endpoint_answers_what_it_learned(tuning_cloud: Cloud, endpoint: str) -> None:
    response = tuning_cloud.genai().models.generate_content(model=endpoint, contents=QUESTION)
    assert response.text == "access"
    candidate, usage = response.candidates[0], response.usage_metadata  # type: ignore[index]
    assert candidate.finish_reason == types.FinishReason.STOP
    assert candidate.avg_logprobs is not None
    assert candidate.avg_logprobs < 0
    assert usage is not None
    assert usage.total_token_count == (usage.prompt_token_count or 0) + (usage.candidates_token_count or 0)
    assert response.response_id
    assert response.create_time


def test_every_checkpoint_has_an_endpoint_that_answers(tuning_cloud: Cloud, tuned_job: types.TuningJob) -> None:
    for checkpoint in tuned_job.tuned_model.checkpoints or []:  # type: ignore[union-attr]
        reply = tuning_cloud.genai().models.generate_content(model=str(checkpoint.endpoint), contents=QUESTION)
        assert reply.text == "access"


def test_the_same_request_gets_the_same_answer_whatever_the_sampling(tuning_cloud: Cloud, endpoint: str) -> None:
    def asked(**config: Any) -> types.GenerateContentResponse:
        return tuning_cloud.genai().models.generate_content(
            model=endpoint, contents=QUESTION, config=types.GenerateContentConfig(**config)
        )

    budget = types.ThinkingConfig(thinking_budget=0)
    replies = [asked(), asked(), asked(temperature=1.9, seed=3, thinking_config=budget)]
    assert len({reply.text for reply in replies}) == 1
    assert replies[0].response_id == replies[1].response_id
    assert replies[0].candidates[0].avg_logprobs == replies[1].candidates[0].avg_logprobs  # type: ignore[index]


def test_async_and_streaming(tuning_cloud: Cloud, endpoint: str) -> None:
    client = tuning_cloud.genai()
    reply = tuning_cloud.awaited(lambda aio: aio.models.generate_content(model=endpoint, contents=QUESTION))
    pieces = list(client.models.generate_content_stream(model=endpoint, contents=QUESTION))
    assert len(pieces) == 2
    assert "".join(piece.text or "" for piece in pieces) == reply.text
    assert pieces[-1].candidates[0].finish_reason == types.FinishReason.STOP  # type: ignore[index]


def test_a_long_answer_is_cut_at_the_output_limit(tuning_cloud: Cloud) -> None:
    config = types.GenerateContentConfig(max_output_tokens=3)
    reply = tuning_cloud.genai().models.generate_content(model="gemini-2.5-flash", contents="hello", config=config)
    assert len(str(reply.text)) == 12
    assert reply.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS  # type: ignore[index]


def test_a_base_model_chooses_among_the_options_of_the_instruction(tuning_cloud: Cloud) -> None:
    config = types.GenerateContentConfig(system_instruction="Name the intent:\ncancel_order\ntrack_parcel\nlog_in")
    for location in ("us-central1", "global"):
        reply = tuning_cloud.genai(location).models.generate_content(
            model="gemini-3.5-flash", contents="where is the parcel", config=config
        )
        assert reply.text == "track_parcel"
        assert reply.model_version == "gemini-3.5-flash"


def test_tokens_are_counted_as_they_are_billed(tuning_cloud: Cloud, endpoint: str) -> None:
    client = tuning_cloud.genai()
    counted = client.models.count_tokens(model=endpoint, contents=QUESTION).total_tokens
    reply = client.models.generate_content(model=endpoint, contents=QUESTION)
    assert counted == reply.usage_metadata.prompt_token_count == 8  # type: ignore[union-attr]


@pytest.mark.parametrize("model", ["gemini-9-flash", "projects/tuned/locations/us-central1/endpoints/12"])
def test_unknown_models_and_endpoints_are_not_found(tuning_cloud: Cloud, model: str) -> None:
    with pytest.raises(errors.ClientError) as caught:
        tuning_cloud.genai().models.generate_content(model=model, contents="hi")
    assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")


def test_an_endpoint_answers_at_its_own_location_only(tuning_cloud: Cloud, endpoint: str) -> None:
    elsewhere = endpoint.replace("/us-central1/", "/europe-west4/")
    with pytest.raises(errors.ClientError, match="not found"):
        tuning_cloud.genai("europe-west4").models.generate_content(model=elsewhere, contents="hi")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"contents": []}, "at least one contents"),
        ({"contents": [{"role": "assistant", "parts": [{"text": "x"}]}]}, "valid role"),
        ({"contents": [{"role": "user", "parts": []}]}, "at least one parts"),
        ({"contents": [{"parts": [{"text": "x"}]}], "generationConfig": {"candidateCount": 9}}, "from 1 to 8"),
    ],
)
def test_requests_that_cannot_be_answered(server: RunningServer, body: dict[str, Any], sentence: str) -> None:
    path = "/v1/projects/p/locations/us-central1/publishers/google/models/gemini-2.5-flash:generateContent"
    reply = httpx.post(server.base_url + path, json=body, headers={"authorization": "Bearer x"})
    assert (reply.status_code, sentence in reply.json()["error"]["message"]) == (400, True)


def test_safety_blocks_and_empty_answers_on_demand(
    tuning_cloud: Cloud, endpoint: str, fault: Callable[..., None]
) -> None:
    fault(action="safety_block", path="endpoints/.*:generateContent", times=1)
    fault(action="empty_answer", path="endpoints/.*:generateContent", times=1)
    replies = [tuning_cloud.genai().models.generate_content(model=endpoint, contents=QUESTION) for _ in range(3)]
    assert [reply.text or "" for reply in replies] == ["", "", "access"]
    assert replies[0].candidates[0].finish_reason == types.FinishReason.SAFETY  # type: ignore[index]


def test_traffic_is_split_by_request_and_close_to_the_shares() -> None:
    endpoint = {
        "name": "e",
        "deployedModels": [{"id": "1"}, {"id": "2"}, {"id": "3"}],
        "trafficSplit": {"1": 20, "2": 80},
    }
    requests = [{"contents": [{"parts": [{"text": str(number)}]}]} for number in range(1000)]
    chosen = [chosen_model(endpoint, request)["id"] for request in requests]
    assert chosen == [chosen_model(endpoint, request)["id"] for request in requests]
    assert set(chosen) == {"1", "2"}
    assert 160 <= chosen.count("1") <= 240
