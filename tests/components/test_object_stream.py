"""Streams from Cloud Storage survive a broken network, and never mix two objects."""

from __future__ import annotations

import pytest

from components.errors import RetuneError
from components.gcp import storage as storage_module
from components.step import Step
from tests.components.stand_ins import Faults

DATA = b"".join(b"line %d\n" % number for number in range(1000))
CHUNKS = -(-len(DATA) // 1000)


@pytest.fixture
def stored(step: Step, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(storage_module, "READ_CHUNK_BYTES", 1000)
    monkeypatch.setattr(storage_module, "READ_BUFFER_BYTES", 500)
    uri = f"{step.root}/data.jsonl"
    step.storage.write(uri, DATA)
    return uri


def read_path(uri: str) -> str:
    return f"/{uri.removeprefix('gs://').split('/', 1)[0]}/"


@pytest.mark.parametrize("nth", [1, 2, CHUNKS - 1])
@pytest.mark.parametrize("fault", [{"action": "reset"}, {"action": "lose_reply"}, {"action": "status", "status": 503}])
def test_a_read_that_breaks_is_resumed(
    step: Step, stored: str, faults: Faults, fault: dict[str, object], nth: int
) -> None:
    generation = step.storage.generation(stored)
    with step.storage.open(stored, generation) as stream:
        faults.add(method="GET", path=read_path(stored), nth=nth, **fault)
        assert list(stream) == DATA.splitlines(keepends=True)
    assert faults.fired()


def test_an_object_that_is_replaced_meanwhile_is_said_so(step: Step, stored: str) -> None:
    with step.storage.open(stored, step.storage.generation(stored)) as stream:
        assert stream.read(100) == DATA[:100]
        step.storage.write(stored, b"other" * 2000)
        with pytest.raises(RetuneError, match=r"STORAGE-REPLACED.*data\.jsonl"):
            stream.read()


def test_lines_are_whole_across_chunks(step: Step, stored: str) -> None:
    with step.storage.open(stored) as stream:
        assert list(stream) == DATA.splitlines(keepends=True)


def test_a_missing_object_is_named(step: Step) -> None:
    with pytest.raises(RetuneError, match="STORAGE-"), step.storage.open(f"{step.root}/none.jsonl") as stream:
        stream.read()
