"""Generation through the low-level prediction and token clients of both versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

CALL_USD = 0.005
CONTENTS = [{"role": "user", "parts": [{"text": "Say hello."}]}]


@pytest.fixture
def model(target: Target) -> str:
    target.pay(CALL_USD)
    return f"{target.parent}/publishers/google/models/gemini-2.5-flash"


def test_an_answer_and_a_stream(target: Target, model: str, api: Any) -> None:
    client = target.gapic(api.PredictionServiceClient)
    request = {
        "model": model,
        "contents": CONTENTS,
        "generation_config": {"max_output_tokens": 50, "temperature": 0.0},
        "safety_settings": [{"category": 2, "threshold": 3}],
        "labels": {"team": "search"},
    }
    reply = client.generate_content(request=request)
    assert reply.candidates[0].content.parts[0].text
    assert reply.candidates[0].finish_reason == api.Candidate.FinishReason.STOP
    streamed = list(client.stream_generate_content(request=request))
    assert "".join(part.text for piece in streamed for part in piece.candidates[0].content.parts)
    assert streamed[-1].usage_metadata.total_token_count


def test_a_tuned_endpoint_answers(target: Target, tuned_endpoint: str, api: Any) -> None:
    target.pay(CALL_USD)
    client = target.gapic(api.PredictionServiceClient)
    reply = client.generate_content(request={"model": tuned_endpoint, "contents": CONTENTS})
    assert reply.candidates[0].content.parts[0].text


def test_tokens_are_counted(target: Target, model: str, api: Any) -> None:
    """The method is another service's in each version."""
    services = (api.LlmUtilityServiceClient, api.PredictionServiceClient)
    client = target.gapic(next(one for one in services if hasattr(one, "count_tokens")))
    reply = client.count_tokens(request={"endpoint": model, "model": model, "contents": CONTENTS})
    assert reply.total_tokens > 0


def test_tokens_are_computed(target: Target, model: str, api: Any) -> None:
    client = target.gapic(api.LlmUtilityServiceClient)
    (info,) = client.compute_tokens(request={"endpoint": model, "contents": CONTENTS}).tokens_info
    assert len(info.tokens) == len(info.token_ids) > 0
