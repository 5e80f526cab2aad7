"""Open models that the service tunes through the same resource as Gemini, and what it asks of their requests.

Source: the service's page "Supervised fine-tuning for open models" (models, modes, regions; updated 2026-09-25) and the
scripts and notes of github.com/google/skills, agent-platform-tuning (`output_uri` is required; names without
`@VERSION` are refused). What is not documented is an own decision: the name of the weight file and the default rate.
"""

from __future__ import annotations

import re

from local_vertex.calls import Json, invalid_argument
from local_vertex.context import Context

ADAPTER, FULL = "TUNING_MODE_PEFT_ADAPTER", "TUNING_MODE_FULL"
REGIONS = frozenset({"us-central1", "us-east5", "us-west1", "europe-west4", "asia-southeast1", "asia-southeast2"})
WEIGHTS = "local_vertex.npz"
"""Name of the file that stands for the safetensors files of a checkpoint."""
DEFAULT_RATE = 2e-4
"""Rate that stands for a learning-rate multiplier of 1."""
FULL_CAPACITY = 32
"""Adapter size that stands for all weights."""
_FOLDER = re.compile(r"gs://(?P<bucket>[^/]+)/(?P<name>.+?)/*")
_EITHER, _ADAPTER, _FULL = frozenset({ADAPTER, FULL}), frozenset({ADAPTER}), frozenset({FULL})
OPEN_MODELS = {
    "meta/llama3_1@llama-3.1-8b": _EITHER,
    "meta/llama3_1@llama-3.1-8b-instruct": _EITHER,
    "meta/llama3-2@llama-3.2-1b-instruct": _FULL,
    "meta/llama3-2@llama-3.2-3b-instruct": _FULL,
    "meta/llama3-3@llama-3.3-70b-instruct": _EITHER,
    "meta/llama4@llama-4-scout-17b-16e-instruct": _ADAPTER,
    "google/gemma4@gemma-4-e2b-it": _ADAPTER,
    "google/gemma4@gemma-4-e4b-it": _ADAPTER,
    "google/gemma4@gemma-4-26b-a4b-it": _ADAPTER,
    "google/gemma4@gemma-4-31b-it": _ADAPTER,
    "google/gemma3@gemma-3-1b-it": _FULL,
    "google/gemma3@gemma-3-4b-it": _FULL,
    "google/gemma3@gemma-3-12b-it": _FULL,
    "google/gemma3@gemma-3-27b-it": _EITHER,
    "qwen/qwen3-6@qwen3.6-27b": _ADAPTER,
    "qwen/qwen3-6@qwen3.6-35b-a3b": _ADAPTER,
    "qwen/qwen3-5@qwen3.5-9b": _FULL,
    "qwen/qwen3@qwen3-4b": _FULL,
    "qwen/qwen3@qwen3-8b": _FULL,
    "qwen/qwen3@qwen3-14b": _FULL,
    "qwen/qwen3@qwen3-32b": _EITHER,
}
"""Modes by base model."""


def tuning_mode(name: str, modes: frozenset[str], specification: Json) -> str:
    """The mode of a request; the only one where the model has one and the request names none, else the adapter.

    Raises:
        ServiceError: 400, the model is not tuned in this mode, or the request gives what only Gemini has.
    """
    hyperparameters = specification.get("hyperParameters", {})
    if hyperparameters.get("learningRateMultiplier"):
        raise invalid_argument(f"learning_rate_multiplier is not supported for {name}; use learning_rate.")
    mode = str(specification.get("tuningMode", ""))
    if mode in ("", "TUNING_MODE_UNSPECIFIED"):
        mode = next(iter(modes)) if len(modes) == 1 else ADAPTER
    if mode not in modes:
        raise invalid_argument(f"The tuning mode {mode} is not supported for base model {name}.")
    if mode == FULL and hyperparameters.get("adapterSize", "ADAPTER_SIZE_UNSPECIFIED") != "ADAPTER_SIZE_UNSPECIFIED":
        raise invalid_argument("adapter_size is not supported with TUNING_MODE_FULL.")
    return mode


def output_folder(context: Context, uri: str) -> tuple[str, str]:
    """Bucket and folder that the weights go to.

    Raises:
        ServiceError: 400, there is none or its bucket does not exist.
    """
    if not uri:
        raise invalid_argument("The output_uri field is required for this model.")
    match = _FOLDER.fullmatch(uri)
    if match is None or context.state.get("buckets", f"b/{match['bucket']}") is None:
        raise invalid_argument(f"output_uri must be a folder of an existing bucket: {uri}")
    return match["bucket"], match["name"]


def custom_weights(context: Context, uri: str) -> str:
    """The weight file of a folder of weights; empty without one.

    Raises:
        ServiceError: 400, the folder has no weights that local Vertex wrote.
    """
    if not uri:
        return ""
    match = _FOLDER.fullmatch(uri)
    path = context.objects.path(match["bucket"], f"{match['name']}/{WEIGHTS}") if match else None
    if path is None:
        raise invalid_argument(f"custom_base_model must be a folder with the weights of a supported model: {uri}")
    return str(path)
