"""Compares a dataset with the service's limits and with what is worth while."""

from __future__ import annotations

from collections.abc import Mapping

from components.base_models.facts import Limits
from components.dataset_validation.checks.file_facts import FileFacts
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.findings.finding_log import FindingLog
from components.dataset_validation.settings import ValidationSettings


def check_sizes(facts: Mapping[str, FileFacts], limits: Limits, settings: ValidationSettings, log: FindingLog) -> None:
    """Compare the number of examples of each split and the size of the training file with what they should be."""
    if "train" in facts:
        _check_train(facts["train"], limits, log)
    if "train" in facts and "validation" in facts:
        _check_validation(facts["validation"].rows, facts["train"].rows, limits, log)
    for split, wanted in (("train", settings.min_train_examples), ("test", settings.min_test_examples)):
        if split in facts and 0 < facts[split].rows < wanted:
            message = f"{facts[split].rows} example(s); {wanted} or more are advised"
            log.add(split, 0, Problem("DATA-TOO-FEW", message))


def _check_train(train: FileFacts, limits: Limits, log: FindingLog) -> None:
    if train.bytes > limits.max_train_bytes:
        message = f"the file has {train.bytes:,} bytes; the limit is {limits.max_train_bytes:,}"
        log.add("train", 0, Problem("DATA-FILE-SIZE", message))
    kind, limit = (
        ("multimodal", limits.max_examples_multimodal) if train.media_files else ("text", limits.max_examples_text)
    )
    if train.rows > limit:
        message = f"{train.rows:,} {kind} examples; the limit is {limit:,}"
        log.add("train", 0, Problem("DATA-EXAMPLES-MAX", message))
    older = [number for number in limits.older_max_examples_text if train.rows > number]
    if older and train.rows <= limit and not train.media_files:
        message = f"{train.rows:,} examples; an older page allows {max(older):,}"
        log.add("train", 0, Problem("DATA-EXAMPLES-MAX-OLD", message))


def _check_validation(rows: int, train_rows: int, limits: Limits, log: FindingLog) -> None:
    """The newest page's rule is an error; the lower numbers of other pages are a warning."""
    limit = int(limits.max_validation_share * train_rows)
    if rows > limits.validation_share_from and rows > limit:
        message = f"{rows:,} validation examples; with {train_rows:,} training examples the limit is {limit:,}"
        log.add("validation", 0, Problem("DATA-VALIDATION-MAX", message))
        return
    older = [number for number in limits.older_max_validation_examples if rows > number]
    if older:
        message = f"{rows:,} validation examples; another page allows {max(older):,}"
        log.add("validation", 0, Problem("DATA-VALIDATION-MAX-OLD", message))
