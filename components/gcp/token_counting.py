"""Counts the tokens of training examples as a base model does: on this machine, or by asking the service."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from components.gcp.clients import genai_client
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from google.genai import types
    from google.genai.local_tokenizer import LocalTokenizer

TokenCounter = Callable[[Mapping[str, Any]], int]
"""Tokens of one training example, which has `contents` and may have `systemInstruction` and `tools`."""

LOADING_S = 20.0
"""google-genai fetches a tokenizer's file without a time limit (2.34, `_local_tokenizer_loader.py`)."""


def local_counters(base_models: Iterable[str], patience_s: float = LOADING_S) -> dict[str, TokenCounter]:
    """Counters that work without the service, by base model; those that google-genai has no tokenizer for are left out.

    Left out are also those whose file is neither in google-genai's cache (below the folder for temporary files) nor
    fetched from github.com within the time, and those of Gemini 3.1 and later, which need `transformers` (2.34). The
    counters count texts and raise ValueError for an example with a file.

    Args:
        base_models: Whose tokenizers to load.
        patience_s: How long all of them together may take to load, in seconds.
    """
    # It logs the whole example when it meets a part that it does not know, and examples do not go to logs.
    logging.getLogger("google_genai.local_tokenizer").setLevel(logging.CRITICAL)
    loaded: dict[str, TokenCounter] = {}
    # A daemon, so that a fetch that hangs holds nobody up at the end either.
    thread = threading.Thread(target=_load, args=(list(base_models), loaded), daemon=True)
    thread.start()
    thread.join(patience_s)
    return dict(loaded)


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


def _load(base_models: list[str], loaded: dict[str, TokenCounter]) -> None:
    for base_model in base_models:
        try:
            from google.genai.local_tokenizer import LocalTokenizer

            loaded[base_model] = _counter(LocalTokenizer(base_model))
        # Whatever goes wrong in an experimental class that reads files of elsewhere, there are other ways to count.
        except Exception:  # noqa: S112
            continue


def _counter(tokenizer: LocalTokenizer) -> TokenCounter:
    def count(example: Mapping[str, Any]) -> int:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # google-genai announces at every call that it is experimental
            return int(tokenizer.count_tokens(example["contents"], config=_config(example)).total_tokens or 0)

    return count


def _config(example: Mapping[str, Any]) -> types.CountTokensConfig:
    from google.genai import types

    return types.CountTokensConfig(system_instruction=example.get("systemInstruction"), tools=example.get("tools"))
