"""The state of one server: JSON resources by kind and name in one SQLite file that outlives the process."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local_vertex.calls import Json

SCHEMA_VERSION = 1
FILE_NAME = "state.sqlite3"
LOCK_NAME = "lock"

_TABLES = (
    "CREATE TABLE resources (sequence INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL,"
    " body TEXT NOT NULL, UNIQUE (kind, name))",
    "CREATE TABLE objects (bucket TEXT NOT NULL, name TEXT NOT NULL, generation INTEGER NOT NULL,"
    " live INTEGER NOT NULL, resource TEXT NOT NULL, PRIMARY KEY (bucket, name, generation)) WITHOUT ROWID",
    "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
)

# An odd multiplier that 5 does not divide shares no factor with the range, so distinct counts give distinct ids.
_ID_RANGE = 8 * 10**18
_ID_STEP = 3_141_592_653_589_793_239


class StateVersionError(Exception):
    """The directory was written by a newer version."""


class StateInUseError(Exception):
    """Another live server has the directory open."""


class DirectoryLock:
    """Exclusive use of a directory; the operating system gives it back when the process ends, however it ends.

    Args:
        directory: An existing directory.

    Raises:
        StateInUseError: Another process holds it.
    """

    def __init__(self, directory: Path) -> None:
        self._descriptor = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise StateInUseError(f"another server is using the state directory {directory}") from error

    def release(self) -> None:
        """Let others have the directory."""
        os.close(self._descriptor)


class State:
    """Resources of every service of one server; safe to call from any thread.

    Args:
        directory: State directory, created when missing.

    Raises:
        StateVersionError: The directory was written by a newer version.
        StateInUseError: Another live server has the directory open.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._mutex = threading.RLock()
        self._depth = 0
        self._lock = DirectoryLock(directory)
        self._database = sqlite3.connect(directory / FILE_NAME, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(directory)
        except BaseException:
            self.close()
            raise

    def _prepare(self, directory: Path) -> None:
        self.execute("PRAGMA journal_mode = WAL")
        # With WAL a crash of the machine may lose the last commits but never leaves a torn file.
        self.execute("PRAGMA synchronous = NORMAL")
        found = int(self.execute("PRAGMA user_version")[0][0])
        if found > SCHEMA_VERSION:
            raise StateVersionError(
                f"{directory} has state of schema version {found}, this version reads up to {SCHEMA_VERSION}; "
                "upgrade retune, or choose another state directory"
            )
        if found == 0:
            with self.transaction():
                for table in _TABLES:
                    self.execute(table)
                self.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def execute(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one SQL statement, for services with a table of their own."""
        with self._mutex:
            return self._database.execute(statement, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is written, or nothing of it; may be nested, the outermost block decides."""
        with self._mutex:
            if self._depth == 0:
                self._database.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._database.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._database.execute("COMMIT")

    def put(self, kind: str, name: str, body: Json) -> None:
        """Insert the resource, or replace its body; a replaced resource keeps its place in lists."""
        self.execute(
            "INSERT INTO resources (kind, name, body) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body",
            (kind, name, json.dumps(body, separators=(",", ":"))),
        )

    def get(self, kind: str, name: str) -> Json | None:
        """The resource's body, or None when there is no such resource."""
        rows = self.execute("SELECT body FROM resources WHERE kind = ? AND name = ?", (kind, name))
        return json.loads(rows[0][0]) if rows else None

    def delete(self, kind: str, name: str) -> None:
        """Remove the resource; no error when it is gone already."""
        self.execute("DELETE FROM resources WHERE kind = ? AND name = ?", (kind, name))

    def list(self, kind: str, parent: str) -> list[Json]:
        """The bodies of the resources below a parent (`projects/N/locations/L`), oldest first."""
        # "0" follows "/" in ASCII: the half-open range holds exactly the names that start with "parent/".
        rows = self.execute(
            "SELECT body FROM resources WHERE kind = ? AND name >= ? AND name < ? ORDER BY sequence",
            (kind, f"{parent}/", f"{parent}0"),
        )
        return [json.loads(body) for (body,) in rows]

    def count(self, counter: str, *, at_least: int = 1) -> int:
        """The next value of a persistent counter: one more than the last, and not below `at_least`."""
        rows = self.execute(
            "INSERT INTO counters (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = max(value + 1, excluded.value) RETURNING value",
            (counter, at_least),
        )
        return int(rows[0][0])

    def new_id(self) -> str:
        """A 19-digit identifier, never given twice; the same calls on a new directory give the same identifiers."""
        return str(10**18 + self.count("ids") * _ID_STEP % _ID_RANGE)

    def close(self) -> None:
        """Close the file and let another server have the directory."""
        self._database.close()
        self._lock.release()
