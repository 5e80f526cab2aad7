"""Reports nearly equal prompts inside a split and between splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from components.base_models.facts import Limits
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.findings.finding_log import FindingLog
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.near_duplicates.pairs import NearPairs, near_pairs
from components.dataset_validation.near_duplicates.prompts import Prompts, read_prompts
from components.dataset_validation.settings import ValidationSettings


def check(
    files: Mapping[str, Sequence[DataFile]], settings: ValidationSettings, limits: Limits, log: FindingLog
) -> None:
    """Find what the exact rules do not: prompts that share most of their word pairs.

    Each line is reported once for each rule, with the most similar other line.
    """
    prompts = read_prompts(files)
    pairs = near_pairs(prompts, settings.near_duplicates.similarity)
    split_of = np.array([split for split, _ in prompts.files])[prompts.file_of]
    first, second = pairs.first, pairs.second
    inside = split_of[first] == split_of[second]
    same_answer = prompts.answers[first] == prompts.answers[second]
    inexact = prompts.contexts[first] != prompts.contexts[second]
    for chosen, code, answer in (
        (same_answer, "DATA-NEAR-DUPLICATE", "with the same answer"),
        (~same_answer, "DATA-NEAR-CONFLICT", "with another answer"),
    ):
        near = pairs.chosen(inside & inexact & chosen)
        _log_best(log, prompts, code, answer, near.second, near.first, near.similarity)
    # Prompts that differ in case and spacing only are leaks that the exact rule reports.
    between = pairs.chosen(~inside & (prompts.prompts[first] != prompts.prompts[second]))
    for split, code in (("test", "DATA-NEAR-LEAK"), ("validation", "DATA-NEAR-LEAK-VALIDATION")):
        _log_leaks(log, prompts, between, code, split, split_of)


def _log_leaks(
    log: FindingLog, prompts: Prompts, pairs: NearPairs, code: str, split: str, split_of: NDArray[np.str_]
) -> None:
    """The line that leaks is that of the split, whichever of the two comes first; a test prompt is never the other."""
    turned = split_of[pairs.second] != split
    rows, others = np.where(turned, pairs.first, pairs.second), np.where(turned, pairs.second, pairs.first)
    leaks = (split_of[rows] == split) & (split_of[others] != "test")
    _log_best(log, prompts, code, "", rows[leaks], others[leaks], pairs.similarity[leaks])


def _log_best(
    log: FindingLog,
    prompts: Prompts,
    code: str,
    answer: str,
    rows: NDArray[np.int64],
    others: NDArray[np.int64],
    similarity: NDArray[np.float64],
) -> None:
    """One finding for each row: the most similar other, the earliest of equals."""
    order = np.lexsort((others, -similarity, rows))
    best = order[np.concatenate(([True], rows[order][1:] != rows[order][:-1]))] if len(order) else order
    for row, other, share in zip(rows[best], others[best], similarity[best], strict=True):
        here, there = prompts.place(row), prompts.place(other)
        where = (
            f"line {there.line}" if there.file == here.file else f"line {there.line} of {there.file.rsplit('/', 1)[-1]}"
        )
        message = f"the prompt shares {share:.0%} of its word pairs with {where}"
        problem = Problem(code, f"{message}, {answer}".rstrip(", "), other=(there.file, there.line))
        log.add(here.split, here.line, problem, here.file)
