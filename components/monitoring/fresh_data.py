"""Fresh labelled examples: the newest files first, each example once, none that the champion was trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from components.errors import RetuneError, dataset_error
from components.evaluation.overlap import find_overlap
from components.evaluation.requests import TestExample, load_test_examples
from components.gcp.storage import StoredObject
from components.step import Step

PATTERN = frozenset("*?[")


@dataclass(frozen=True)
class FreshData:
    """What the champion is asked.

    Attributes:
        files: Addresses that were read, the newest first.
        examples: In the order of the files.
        trained_on: Examples that were left out because the champion's training file has their prompt.
        sha256: Digest of the examples, in hex.
    """

    files: list[str]
    examples: list[TestExample]
    trained_on: int
    sha256: str


def read_fresh_data(step: Step, address: str, train_uri: str, *, seed: int, max_rows: int) -> FreshData:
    """The examples at an address.

    Args:
        step: The running step.
        address: A `gs://` file, folder or pattern.
        train_uri: The champion's training file; empty where it is not known or gone.
        seed: Seed of the requests.
        max_rows: Examples at most.

    Raises:
        RetuneError: `WATCH-DATA`, there is no example that the champion was not trained on; `EVAL-LINE` and
            `EVAL-REFERENCE`, a line is no example, or has no answer.
    """
    files: list[str] = []
    found: dict[tuple[str, str], TestExample] = {}
    for file in _files(step, address):
        files.append(file.uri)
        for example in _examples(step, file.uri, seed, max_rows):
            found.setdefault((example.request_hash, example.reference), example)
        if len(found) >= max_rows:
            break
    examples = list(found.values())
    if not examples:
        raise _nothing(address, f"there is no labelled example among {len(files)} files")
    fresh = _not_trained_on(step, examples, train_uri)
    if not fresh:
        raise _nothing(address, f"the champion was trained on all {len(examples)} examples")
    kept = fresh[:max_rows]
    digest = hashlib.sha256("".join(example.request_hash + example.reference for example in kept).encode())
    return FreshData(files, kept, len(examples) - len(fresh), digest.hexdigest())


def _files(step: Step, address: str) -> Iterator[StoredObject]:
    """The files of an address, the newest first; as in Cloud Storage's own patterns, `*` ends at a slash."""
    fixed = "".join(_until_pattern(address))
    if fixed == address and address.endswith(".jsonl"):
        wanted = [one for one in step.storage.list(address) if one.uri == address]
    elif fixed == address:
        folder = address.rstrip("/") + "/"
        wanted = [one for one in step.storage.list(folder) if one.uri.endswith(".jsonl")]
    else:
        wanted = [one for one in step.storage.list(fixed) if _matches(one.uri, address)]
    yield from sorted(wanted, key=lambda one: (-one.written_at, one.uri))


def _until_pattern(address: str) -> Iterator[str]:
    for character in address:
        if character in PATTERN:
            return
        yield character


def _matches(uri: str, pattern: str) -> bool:
    parts, wanted = uri.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def _examples(step: Step, uri: str, seed: int, limit: int) -> list[TestExample]:
    try:
        with step.storage.open(uri) as lines:
            return load_test_examples(lines, seed=seed, limit=limit)
    except RetuneError as error:
        if error.code == "EVAL-EMPTY":
            return []
        # Its place is a line of a file that it does not know.
        where = f"{uri}, {error.where}" if error.where else uri
        raise RetuneError(error.code, error.message, error.next_step, where, error.exit_code) from error


def _not_trained_on(step: Step, examples: list[TestExample], train_uri: str) -> list[TestExample]:
    if not train_uri or not step.storage.exists(train_uri):
        return examples
    with step.storage.open(train_uri) as train:
        known = set(find_overlap(examples, train))
    return [example for example in examples if example.example_id not in known]


def _nothing(address: str, what: str) -> RetuneError:
    return dataset_error(
        "WATCH-DATA",
        f"there is nothing to watch the champion on: {what}",
        "put new examples with their answers there, in Gemini's format as JSONL, or correct monitoring.data",
        address,
    )
