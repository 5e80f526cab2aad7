"""Counts the tokens of training examples as a base model does: on this machine, or by asking the service."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from components.gcp.clients import genai_client
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from google.genai import types

TokenCounter = Callable[[Mapping[str, Any]], int]
"""Tokens of one training example, which has `contents` and may have `systemInstruction` and `tools`."""

LOADING_S = 20.0
"""google-genai fetches the tokenizer's file without a time limit (2.34, `_local_tokenizer_loader.py`)."""


def local_counter(base_model: str) -> TokenCounter | None:
    """A counter that works without the service; None where google-genai has no tokenizer for the model.

    It also has none when its file cannot be fetched within 20 seconds, or when the packages that read it are missing
    (`sentencepiece` for Gemini 2.5, `transformers` for Gemini 3). It counts texts, not files.
    """
    # It logs the whole example when it meets a part that it does not know, and examples do not go to logs.
    logging.getLogger("google_genai.local_tokenizer").setLevel(logging.CRITICAL)
    loaded: list[Any] = []

    def load() -> None:
        try:
            from google.genai.local_tokenizer import LocalTokenizer

            loaded.append(LocalTokenizer(base_model))
        # Whatever goes wrong in an experimental class that reads files of elsewhere, there are other ways to count.
        except Exception:
            return

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    thread.join(LOADING_S)
    if not loaded:
        return None

    def count(example: Mapping[str, Any]) -> int:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # google-genai announces at every call that it is experimental
            return int(loaded[0].count_tokens(example["contents"], config=_config(example)).total_tokens)

    return count


def service_counter(project: str, location: str, base_model: str) -> TokenCounter:
    """A counter that asks `countTokens` of the base model, which costs nothing.

    The counter raises `RetuneError` with `SERVICE-…` when the service does not count.
    """
    client = genai_client(project, location)

    def count(example: Mapping[str, Any]) -> int:
        with as_service_error("counting tokens", base_model):
            reply = client.models.count_tokens(model=base_model, contents=example["contents"], config=_config(example))
        return int(reply.total_tokens or 0)

    return count


def _config(example: Mapping[str, Any]) -> types.CountTokensConfig:
    from google.genai import types

    return types.CountTokensConfig(system_instruction=example.get("systemInstruction"), tools=example.get("tools"))
