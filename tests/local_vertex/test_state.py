"""The state file and the object store, without a server."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from local_vertex.state import FILE_NAME, SCHEMA_VERSION, State, StateInUseError, StateVersionError
from local_vertex.storage.object_store import ObjectStore
from local_vertex.storage.preconditions import Preconditions, StorageError

PARENT = "projects/1/locations/l"


def test_resources_survive_a_restart_in_the_order_of_their_creation(tmp_path: Path) -> None:
    state = State(tmp_path)
    for number in (3, 1, 2):
        state.put("things", f"{PARENT}/things/{number}", {"number": number})
    state.put("things", f"{PARENT}/things/3", {"number": 33})
    state.put("things", "projects/1/locations/l2/things/9", {"number": 9})
    state.delete("things", f"{PARENT}/things/1")
    state.close()
    state = State(tmp_path)
    assert [body["number"] for body in state.list("things", PARENT)] == [33, 2]
    assert state.get("things", f"{PARENT}/things/1") is None
    assert state.get("others", f"{PARENT}/things/2") is None


def test_identifiers_are_reproducible_and_never_given_twice(tmp_path: Path) -> None:
    first, second = State(tmp_path / "a"), State(tmp_path / "b")
    given = [first.new_id() for _ in range(2000)]
    assert given == [second.new_id() for _ in range(2000)]
    first.close()
    given.append(State(tmp_path / "a").new_id())
    assert len(set(given)) == 2001
    assert all(len(identifier) == 19 and int(identifier) < 2**63 for identifier in given)


def test_a_failed_transaction_leaves_nothing_even_of_those_inside_it(tmp_path: Path) -> None:
    state = State(tmp_path)

    def fail() -> None:
        with state.transaction():
            state.put("things", "p/1", {})
            with state.transaction():
                state.put("things", "p/2", {})
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    assert state.list("things", "p") == []
    with state.transaction():
        state.put("things", "p/3", {})
    assert len(state.list("things", "p")) == 1


def test_a_directory_serves_one_server_at_a_time(tmp_path: Path) -> None:
    state = State(tmp_path)
    with pytest.raises(StateInUseError, match=str(tmp_path)):
        State(tmp_path)
    state.close()
    State(tmp_path).close()


def test_state_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    State(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StateVersionError, match=f"version {SCHEMA_VERSION + 1}.*up to {SCHEMA_VERSION}.*upgrade"):
        State(tmp_path)


def test_a_refused_write_leaves_no_file_behind(tmp_path: Path) -> None:
    state = State(tmp_path)
    store = ObjectStore(tmp_path / "objects", state)
    state.put("buckets", "b/bucket", {"name": "bucket"})
    store.insert("bucket", "x", b"one")
    with pytest.raises(StorageError):
        store.insert("bucket", "x", b"two", preconditions=Preconditions(generation_match=0))
    store.insert("bucket", "x", b"three")
    path = store.path("bucket", "x")
    assert path is not None
    assert path.read_bytes() == b"three"
    assert list((tmp_path / "objects").iterdir()) == [path]


def test_what_a_killed_server_left_half_written_is_removed(tmp_path: Path) -> None:
    state = State(tmp_path)
    store = ObjectStore(tmp_path / "objects", state)
    state.put("buckets", "b/bucket", {"name": "bucket"})
    store.insert("bucket", "x", b"one")
    store.files.new_file().write_bytes(b"half")
    (tmp_path / "objects" / "123").write_bytes(b"renamed, but without a row")
    reopened = ObjectStore(tmp_path / "objects", state)
    assert list((tmp_path / "objects").iterdir()) == [reopened.path("bucket", "x")]


def test_an_opened_object_stays_readable_after_it_was_replaced(tmp_path: Path) -> None:
    state = State(tmp_path)
    store = ObjectStore(tmp_path / "objects", state)
    state.put("buckets", "b/bucket", {"name": "bucket"})
    store.insert("bucket", "x", b"one")
    resource, content = store.open("bucket", "x")
    store.delete("bucket", "x")
    with content:
        assert content.read() == b"one"
    assert resource["size"] == "3"
