"""Generation through google-genai, synchronous and asynchronous: answers, streams, tokens, chats, every setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.genai import errors, types

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

MODEL = "gemini-2.5-flash"
CALL_USD = 0.005
QUESTION = "Say hello."
LOOK_UP = types.FunctionDeclaration(
    name="look_up",
    description="Looks up an order.",
    parameters=types.Schema(type=types.Type.OBJECT, properties={"id": types.Schema(type=types.Type.STRING)}),
)
CONFIGS: dict[str, dict[str, Any]] = {
    "sampling": {"temperature": 0.1, "top_p": 0.9, "top_k": 20, "seed": 3, "stop_sequences": ["###"]},
    "penalties": {"presence_penalty": 0.1, "frequency_penalty": 0.1},
    "system-instruction": {"system_instruction": "Answer with one word."},
    "system-content": {"system_instruction": types.Content(parts=[types.Part(text="Answer with one word.")])},
    "json": {"response_mime_type": "application/json", "response_schema": {"type": "OBJECT", "properties": {}}},
    "json-schema": {"response_mime_type": "application/json", "response_json_schema": {"type": "object"}},
    "enum": {"response_mime_type": "text/x.enum", "response_schema": {"type": "STRING", "enum": ["yes", "no"]}},
    "safety": {
        "safety_settings": [
            types.SafetySetting(category=category, threshold="BLOCK_ONLY_HIGH")
            for category in (
                "HARM_CATEGORY_HARASSMENT",
                "HARM_CATEGORY_HATE_SPEECH",
                "HARM_CATEGORY_SEXUALLY_EXPLICIT",
                "HARM_CATEGORY_DANGEROUS_CONTENT",
            )
        ]
    },
    "functions": {
        "tools": [types.Tool(function_declarations=[LOOK_UP])],
        "tool_config": types.ToolConfig(function_calling_config=types.FunctionCallingConfig(mode="AUTO")),
    },
    "thinking": {"thinking_config": types.ThinkingConfig(thinking_budget=0, include_thoughts=False)},
    "logprobs": {"response_logprobs": True, "logprobs": 2},
    "labels": {"labels": {"team": "search"}},
    "audio-timestamp": {"audio_timestamp": False},
    "modalities": {"response_modalities": ["TEXT"]},
    "media-resolution": {"media_resolution": "MEDIA_RESOLUTION_LOW"},
    "routing": {"automatic_function_calling": types.AutomaticFunctionCallingConfig(disable=True)},
}


@pytest.fixture(autouse=True)
def _paid_for(target: Target) -> None:
    target.pay(CALL_USD)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_every_setting_is_accepted(target: Target, config: dict[str, Any]) -> None:
    reply = target.genai().models.generate_content(
        model=MODEL, contents=QUESTION, config=types.GenerateContentConfig(max_output_tokens=50, **config)
    )
    assert reply.candidates is not None
    assert reply.candidates[0].finish_reason in (types.FinishReason.STOP, types.FinishReason.MAX_TOKENS)
    assert reply.usage_metadata.prompt_token_count > 0  # type: ignore[union-attr]
    assert reply.response_id
    assert reply.model_version


def test_more_than_one_candidate(target: Target) -> None:
    config = types.GenerateContentConfig(candidate_count=2)
    reply = target.genai().models.generate_content(model=MODEL, contents=QUESTION, config=config)
    assert [candidate.index or 0 for candidate in reply.candidates or []] == [0, 1]
    with pytest.raises(errors.ClientError, match="candidate"):
        list(target.genai().models.generate_content_stream(model=MODEL, contents=QUESTION, config=config))


@pytest.mark.parametrize(
    "contents",
    [
        "text",
        ["two", "parts"],
        types.Content(role="user", parts=[types.Part(text="x")]),
        [
            types.Content(role="user", parts=[types.Part(text="Where is order 7?")]),
            types.Content(role="model", parts=[types.Part.from_function_call(name="look_up", args={"id": "7"})]),
            types.Content(role="user", parts=[types.Part.from_function_response(name="look_up", response={"at": "x"})]),
        ],
        [types.Part.from_bytes(data=b"%PDF-1.4\n%%EOF", mime_type="application/pdf"), "What is this?"],
        [types.Part.from_uri(file_uri="gs://cloud-samples-data/generative-ai/pdf/1706.03762v7.pdf"), "Title?"],
    ],
    ids=["text", "parts", "content", "function-call", "bytes", "uri"],
)
def test_every_form_of_contents_is_counted(target: Target, contents: Any) -> None:
    assert target.genai().models.count_tokens(model=MODEL, contents=contents).total_tokens > 0  # type: ignore[operator]


def test_tokens_of_a_request_with_instruction_and_tools(target: Target) -> None:
    config = types.CountTokensConfig(system_instruction="Answer.", tools=[types.Tool(function_declarations=[LOOK_UP])])
    counted = target.genai().models.count_tokens(model=MODEL, contents=QUESTION, config=config)
    bare = target.genai().models.count_tokens(model=MODEL, contents=QUESTION)
    assert (counted.total_tokens or 0) > (bare.total_tokens or 0)


def test_tokens_themselves(target: Target) -> None:
    (info,) = target.genai().models.compute_tokens(model=MODEL, contents=QUESTION).tokens_info or []
    assert b"".join(info.tokens or []).decode().strip() == QUESTION
    assert len(info.tokens or []) == len(info.token_ids or [])


def test_streams_end_with_the_reason_and_the_usage(target: Target) -> None:
    pieces = list(target.genai().models.generate_content_stream(model=MODEL, contents=QUESTION))
    assert "".join(piece.text or "" for piece in pieces)
    assert pieces[-1].candidates[0].finish_reason == types.FinishReason.STOP  # type: ignore[index]
    assert pieces[-1].usage_metadata.total_token_count  # type: ignore[union-attr]


def test_the_asynchronous_client(target: Target) -> None:
    async def use(client: Any) -> tuple[str, str, int, int]:
        reply = await client.models.generate_content(model=MODEL, contents=QUESTION)
        stream = await client.models.generate_content_stream(model=MODEL, contents=QUESTION)
        streamed = "".join([piece.text or "" async for piece in stream])
        counted = await client.models.count_tokens(model=MODEL, contents=QUESTION)
        computed = await client.models.compute_tokens(model=MODEL, contents=QUESTION)
        return reply.text, streamed, counted.total_tokens, len(computed.tokens_info[0].tokens)

    text, streamed, counted, computed = target.awaited(use)
    assert text
    assert streamed
    assert counted > 0
    assert computed > 0


def test_a_chat_remembers_its_turns(target: Target) -> None:
    chat = target.genai().chats.create(model=MODEL, config=types.GenerateContentConfig(temperature=0))
    assert chat.send_message("My name is Ada.").text
    pieces = list(chat.send_message_stream("What is my name?"))
    assert pieces
    roles = [content.role for content in chat.get_history()]
    # Every piece of a stream is a turn of its own.
    assert roles == ["user", "model", "user", *["model"] * (len(roles) - 3)]


def test_an_asynchronous_chat(target: Target) -> None:
    async def use(client: Any) -> list[str]:
        chat = client.chats.create(model=MODEL)
        await chat.send_message("My name is Ada.")
        async for _ in await chat.send_message_stream("What is my name?"):
            pass
        return [content.role for content in chat.get_history()]

    assert target.awaited(use)[:4] == ["user", "model", "user", "model"]


def test_a_tuned_endpoint(target: Target, tuned_endpoint: str) -> None:
    client = target.genai()
    config = types.GenerateContentConfig(
        system_instruction="Name the topic of the message.", thinking_config=types.ThinkingConfig(thinking_budget=0)
    )
    assert client.models.generate_content(model=tuned_endpoint, contents="my invoice", config=config).text
    assert list(client.models.generate_content_stream(model=tuned_endpoint, contents="my invoice"))
    assert client.models.count_tokens(model=tuned_endpoint, contents="my invoice").total_tokens
    assert client.chats.create(model=tuned_endpoint).send_message("my invoice").text


def test_what_is_not_there_is_not_found(target: Target) -> None:
    for model in ("gemini-none", f"{target.parent}/endpoints/1"):
        with pytest.raises(errors.ClientError) as caught:
            target.genai().models.generate_content(model=model, contents=QUESTION)
        assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")


def test_base_models_are_read(target: Target) -> None:
    name = f"publishers/google/models/{MODEL}"
    assert target.genai().models.get(model=MODEL).name == name
    assert name in [one.name for one in target.genai().models.list(config=types.ListModelsConfig(page_size=2))]


@pytest.mark.stand_in_only("the service blocks and fails by its own judgement")
def test_a_blocked_answer_is_read_by_the_client(target: Target) -> None:
    import httpx

    rule = {"action": "safety_block", "path": f"{target.project}/.*:generateContent", "times": 1}
    httpx.post(f"{target.base_url}/_faults", json=rule).raise_for_status()
    try:
        reply = target.genai().models.generate_content(model=MODEL, contents=QUESTION)
    finally:
        httpx.delete(f"{target.base_url}/_faults").raise_for_status()
    assert reply.text is None
    assert reply.candidates[0].finish_reason == types.FinishReason.SAFETY  # type: ignore[index]
