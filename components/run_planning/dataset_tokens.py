"""The tokens of the training file for each base model, by the best way of counting that there is."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from components.base_models.facts import BaseModelFacts
from components.base_models.serving import serving_location
from components.errors import RetuneError
from components.gcp.cloud_settings import CloudSettings
from components.gcp.token_counting import TokenCounter, service_counter
from components.run_planning.planned_dataset import PlannedDataset
from components.run_planning.token_count import TokenCount, estimated_count, scaled_count
from components.run_planning.token_sample import SampledExample, sample_examples

LOCAL_SAMPLE = 2_000
SERVICE_SAMPLE = 100
_AT_ONCE = 8

Pairs = list[tuple[int, int]]
"""Estimated and counted tokens of each example."""


def count_tokens(
    dataset: PlannedDataset,
    base_models: Mapping[str, BaseModelFacts],
    cloud: CloudSettings | None,
    here: Mapping[str, TokenCounter],
) -> tuple[dict[str, TokenCount], list[str]]:
    """Tokens of the training file by base model, and warnings about those that could only be estimated.

    In this order: google-genai's tokenizer on this machine, `countTokens` of the service, the validator's estimate.

    Args:
        dataset: The dataset.
        base_models: Whose tokens to count, with their facts.
        cloud: Whom to ask; None when no service shall be asked.
        here: Counters of this machine by base model, where there are any.
    """
    train = dataset.snapshot.splits["train"]
    sample = sample_examples(dataset.source("train"), train.rows, LOCAL_SAMPLE)
    counts: dict[str, TokenCount] = {}
    warnings: list[str] = []
    for base_model, facts in base_models.items():
        method, pairs = "tokenizer", _counted_here(sample, here.get(base_model))
        if pairs is None and cloud is not None:
            try:
                counter = service_counter(cloud.project, serving_location(facts, cloud.location), base_model)
                method, pairs = "service", _counted_there(sample, counter)
            except RetuneError as error:
                warnings.append(f"tokens are estimated, because {base_model} does not count them: {error.message}")
        if pairs is None:
            counts[base_model] = estimated_count(train.tokens)
        else:
            counts[base_model] = scaled_count(train.tokens, pairs, train.rows, method)
    return counts, warnings


def _counted_here(sample: list[SampledExample], counter: TokenCounter | None) -> Pairs | None:
    if counter is None:
        return None
    try:
        return [(one.tokens, counter(one.example)) for one in sample]
    except ValueError:
        return None  # it counts no files


def _counted_there(sample: list[SampledExample], counter: TokenCounter) -> Pairs:
    # Every so many of a random sample is a random sample.
    asked = sample[:: -(-len(sample) // SERVICE_SAMPLE) or 1]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        counted = pool.map(lambda one: counter(one.example), asked)
        return [(one.tokens, tokens) for one, tokens in zip(asked, counted, strict=True)]
