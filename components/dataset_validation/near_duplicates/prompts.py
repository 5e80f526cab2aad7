"""The prompts of a dataset, reduced to what the search for near duplicates needs."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from components.dataset_validation.engine.known_prompts import prompt_hash
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.lines.readings import valid_readings
from components.dataset_validation.near_duplicates.minhash import Bands, band_hashes
from components.dataset_validation.near_duplicates.shingles import Offsets, Shingler, Shingles

BATCH = 20_000
COMMON_SHARE = 0.2
"""Word pairs in more than this share of the first batch are the prompt's template: they say nothing about likeness."""
COMMON_FROM = 100
"""With fewer prompts nothing counts as a template."""


@dataclass(frozen=True)
class Place:
    """Where an example stands."""

    split: str
    file: str
    line: int


@dataclass(frozen=True)
class Prompts:
    """All valid examples of a dataset, one row each, in the order of splits, files and lines.

    Attributes:
        files: Split and name of each file.
        file_of: Row to index into `files`.
        lines: Row to line number.
        contexts: Hash of system instruction and prompt as they are.
        prompts: Hash of the normalised prompt.
        answers: Hash of the answer.
        shingles: Word pairs of all prompts; see `Shingler.shingles`.
        offsets: First word pair of each row.
        bands: MinHash bands, shape (rows, BANDS).
    """

    files: list[tuple[str, str]]
    file_of: NDArray[np.uint32]
    lines: NDArray[np.uint32]
    contexts: NDArray[np.uint64]
    prompts: NDArray[np.uint64]
    answers: NDArray[np.uint64]
    shingles: Shingles
    offsets: Offsets
    bands: Bands

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.lines)

    def place(self, row: int) -> Place:
        """Where the example of a row stands."""
        split, file = self.files[self.file_of[row]]
        return Place(split, file, int(self.lines[row]))


def read_prompts(files: Mapping[str, Sequence[DataFile]]) -> Prompts:
    """The prompts of a dataset; 4 bytes are kept for each distinct word pair and about 130 for each prompt."""
    listed = [(split, file) for split, named in files.items() for file in named]
    file_of, lines = array("I"), array("I")
    contexts, prompts, answers = array("Q"), array("Q"), array("Q")

    def texts() -> Iterator[str]:
        for number, (_, file) in enumerate(listed):
            for line, reading in valid_readings(file.open):
                prompt = reading.prompt.encode()
                file_of.append(number)
                lines.append(line)
                contexts.append(xxh3_64_intdigest(prompt, seed=xxh3_64_intdigest(reading.system.encode())))
                prompts.append(prompt_hash(prompt))
                answers.append(xxh3_64_intdigest(reading.answer.encode()))
                yield reading.prompt

    shingles, offsets, bands = signatures(texts())
    names = [(split, file.name) for split, file in listed]
    return Prompts(
        names,
        np.frombuffer(file_of, np.uint32),
        np.frombuffer(lines, np.uint32),
        np.frombuffer(contexts, np.uint64),
        np.frombuffer(prompts, np.uint64),
        np.frombuffer(answers, np.uint64),
        shingles,
        offsets,
        bands,
    )


def signatures(texts: Iterator[str]) -> tuple[Shingles, Offsets, Bands]:
    """Word pairs, offsets and bands of texts; the work of several batches is shared between two processes."""
    batches = _batches(texts)
    first = next(batches, [])
    if not first:
        return np.empty(0, np.uint32), np.zeros(1, np.int64), np.empty((0, 0), np.uint32)
    common = _common(first)
    second = next(batches, None)
    if second is None:
        parts = [_signature(first, common)]
    else:
        parts = _in_processes(itertools.chain((first, second), batches), common)
    lengths = np.concatenate([part[1] for part in parts])
    return (
        np.concatenate([part[0] for part in parts]),
        np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))),
        np.concatenate([part[2] for part in parts]),
    )


_Part = tuple[Shingles, NDArray[np.int32], Bands]


def _batches(texts: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(itertools.islice(texts, BATCH)):
        yield batch


def _in_processes(batches: Iterator[list[str]], common: Shingles) -> list[_Part]:
    """The parts in order; at most four batches wait, so the texts are never all in memory."""
    workers = min(2, os.cpu_count() or 1)
    with multiprocessing.get_context("spawn" if os.name == "nt" else None).Pool(workers) as pool:
        parts: list[_Part] = []
        waiting = []
        for batch in batches:
            waiting.append(pool.apply_async(_signature, (batch, common)))
            if len(waiting) > 2 * workers:
                parts.append(waiting.pop(0).get())
        parts += [job.get() for job in waiting]
    return parts


def _signature(texts: list[str], common: Shingles) -> _Part:
    shingles, offsets = Shingler().shingles(texts)
    if len(common):
        shingles, offsets = _without(shingles, offsets, common)
    return shingles, np.diff(offsets).astype(np.int32), band_hashes(shingles, offsets)


def _common(texts: list[str]) -> Shingles:
    if len(texts) < COMMON_FROM:
        return np.empty(0, np.uint32)
    shingles, _ = Shingler().shingles(texts)
    values, counts = np.unique(shingles, return_counts=True)
    return values[counts > COMMON_SHARE * len(texts)]


def _without(shingles: Shingles, offsets: Offsets, common: Shingles) -> tuple[Shingles, Offsets]:
    """The shingles without the common ones; a text of nothing else keeps them."""
    rare = ~np.isin(shingles, common)
    left = np.add.reduceat(rare.astype(np.int64), offsets[:-1])
    owner = np.repeat(np.arange(len(left)), np.diff(offsets))
    rare |= (left == 0)[owner]
    lengths = np.add.reduceat(rare.astype(np.int64), offsets[:-1])
    return shingles[rare], np.concatenate(([0], np.cumsum(lengths)))
