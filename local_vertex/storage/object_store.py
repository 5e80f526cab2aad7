"""The objects of Cloud Storage: content files that never change, and one row per generation.

Content is written under a temporary name, linked to its own, and only then gets its row, so a kill leaves whole objects
or none. Files that no row names are removed when the store is opened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from local_vertex.calls import Json
from local_vertex.clock import now_us, timestamp
from local_vertex.state import State
from local_vertex.storage.content_files import ContentFiles
from local_vertex.storage.object_events import EventType, ObjectEvents
from local_vertex.storage.object_resource import checksums_of, etag_of, merged, new_resource, renamed_resource
from local_vertex.storage.preconditions import Preconditions, no_such_bucket, no_such_object
from local_vertex.storage.protection import check_unprotected

ANYTHING = Preconditions()
UPLOAD_SESSIONS = "uploadSessions"
_SESSION_FILES = f"SELECT json_extract(body, '$.file') FROM resources WHERE kind = '{UPLOAD_SESSIONS}'"  # noqa: S608


def _nothing_more(resource: Json) -> None:
    """What an insert is followed by when nobody says otherwise."""


class ObjectStore:
    """Objects with generations, metagenerations and preconditions; safe to call from any thread.

    Args:
        directory: Folder of the content files, created when missing.
        state: Where the rows are.
    """

    def __init__(self, directory: Path, state: State) -> None:
        self._state = state
        self.events, self.files = ObjectEvents(state), ContentFiles(directory)
        kept = {str(generation) for (generation,) in state.execute("SELECT generation FROM objects")}
        kept |= {name for (name,) in state.execute(_SESSION_FILES)}
        self.files.keep_only(kept)

    def path(self, bucket: str, name: str, generation: int | None = None) -> Path | None:
        """The local file with the bytes of the live generation, or of the one named; None when there is none."""
        resource = self.get(bucket, name, generation)
        return self.files.of(resource) if resource else None

    def open(self, bucket: str, name: str, generation: int | None = None) -> tuple[Json, BinaryIO]:
        """The object's resource and its bytes, which stay readable even if the object is replaced meanwhile.

        Raises:
            StorageError: 404.
        """
        # Files are removed after their row is, so inside a transaction a row that is there has its file.
        with self._state.transaction():
            resource = self.get(bucket, name, generation)
            if resource is None:
                raise no_such_object(bucket, name)
            return resource, self.files.of(resource).open("rb")

    def insert(
        self,
        bucket: str,
        name: str,
        content: bytes | Path,
        metadata: Json | None = None,
        preconditions: Preconditions = ANYTHING,
        and_then: Callable[[Json], None] = _nothing_more,
    ) -> Json:
        """Store a new live generation and return its resource.

        Args:
            bucket: An existing bucket.
            name: Object name.
            content: The bytes, or a file made with `files.new_file`, which is taken over whatever happens.
            metadata: Writable fields of the resource, e.g. `contentType`, `metadata`.
            preconditions: What must hold of the live generation.
            and_then: Called with the resource; what it writes to the state is kept if, and only if, the object is.

        Raises:
            StorageError: 404 for the bucket, 412 or 304 for the preconditions, 403 when what it replaces is protected.
        """
        file = content if isinstance(content, Path) else self.files.new_file()
        if isinstance(content, bytes):
            file.write_bytes(content)
        try:
            checksums = checksums_of(file)
            with self._state.transaction():
                home = self._bucket(bucket)
                versioned, current = _is_versioned(home), self.get(bucket, name)
                preconditions.check(current)
                if current:
                    check_unprotected(home, current)
                generation = self._state.count("generations", at_least=now_us())
                held = {"eventBasedHold": True} if home.get("defaultEventBasedHold") else {}
                metadata = {**held, **(metadata or {})}
                resource = new_resource(bucket, name, generation, metadata, file.stat().st_size, checksums)
                self.files.place(file, resource)
                self._replace(current, resource, keep=versioned)
                and_then(resource)
        finally:
            file.unlink(missing_ok=True)
        if current and not versioned:
            self.files.of(current).unlink(missing_ok=True)
        return resource

    def get(self, bucket: str, name: str, generation: int | None = None) -> Json | None:
        """The object's resource, or None; the live generation unless one is named."""
        which, value = ("live", 1) if generation is None else ("generation", generation)
        rows = self._state.execute(
            f"SELECT resource FROM objects WHERE bucket = ? AND name = ? AND {which} = ?",  # noqa: S608 - two constants
            (bucket, name, value),
        )
        return json.loads(rows[0][0]) if rows else None

    def list(self, bucket: str, prefix: str = "", *, start: str = "", versions: bool = False) -> Iterator[Json]:
        """The resources whose name starts with `prefix`, from the name `start` on, by UTF-8 name.

        With `versions`, noncurrent generations too.
        """
        rows = self._state.execute(
            "SELECT resource FROM objects WHERE bucket = ? AND name >= ? AND substr(name, 1, ?) = ? AND live >= ?"
            " ORDER BY name, generation",
            (bucket, max(prefix, start), len(prefix), prefix, 0 if versions else 1),
        )
        return (json.loads(resource) for (resource,) in rows)

    def delete(
        self, bucket: str, name: str, generation: int | None = None, preconditions: Preconditions = ANYTHING
    ) -> None:
        """Remove a generation for good, or the live one, which a versioned bucket keeps as noncurrent.

        Raises:
            StorageError: 404; 412 or 304 for the preconditions; 403 while it is protected.
        """
        with self._state.transaction():
            current = self.get(bucket, name, generation)
            preconditions.check(current)
            if current is None:
                raise no_such_object(bucket, name)
            home = self._bucket(bucket)
            check_unprotected(home, current)
            keep = generation is None and _is_versioned(home)
            self._retire(current, keep=keep)
            self.events.publish("OBJECT_ARCHIVE" if keep else "OBJECT_DELETE", current)
        if not keep:
            self.files.of(current).unlink(missing_ok=True)

    def move(self, bucket: str, source: str, target: str, of_source: Preconditions, of_target: Preconditions) -> Json:
        """Give an object another name in its bucket, at once, and return the resource of the new generation.

        Raises:
            StorageError: 404; 412 or 304 for the preconditions of either; 403 while either is protected.
        """
        with self._state.transaction():
            home, resource, current = self._bucket(bucket), self.get(bucket, source), self.get(bucket, target)
            of_source.check(resource)
            of_target.check(current)
            if resource is None:
                raise no_such_object(bucket, source)
            for gone in filter(None, (resource, current)):
                check_unprotected(home, gone)
            generation = self._state.count("generations", at_least=now_us())
            moved = renamed_resource(resource, target, generation)
            self.files.place(self.files.of(resource), moved)
            keep = _is_versioned(home)
            self._retire(resource, keep=keep)
            self.events.publish("OBJECT_ARCHIVE" if keep else "OBJECT_DELETE", resource)
            self._replace(None if source == target else current, moved, keep=keep)
        for gone in filter(None, (resource, current)):
            if not keep:
                self.files.of(gone).unlink(missing_ok=True)
        return moved

    def update(
        self,
        bucket: str,
        name: str,
        changes: Json,
        generation: int | None = None,
        preconditions: Preconditions = ANYTHING,
        drop_first: Collection[str] = (),
    ) -> Json:
        """Change metadata in place and return the resource with its next metageneration.

        Args:
            bucket: Bucket name.
            name: Object name.
            changes: Fields to set; None removes one. `metadata` is merged key by key.
            generation: The live generation when omitted.
            preconditions: What must hold now.
            drop_first: Fields that are removed before.

        Raises:
            StorageError: 404; 412 or 304 for the preconditions.
        """
        with self._state.transaction():
            current = self.get(bucket, name, generation)
            preconditions.check(current)
            if current is None:
                raise no_such_object(bucket, name)
            updated = merged({key: value for key, value in current.items() if key not in drop_first}, changes)
            metageneration = int(current["metageneration"]) + 1
            updated["metageneration"] = str(metageneration)
            updated["etag"] = etag_of(int(current["generation"]), metageneration)
            updated["updated"] = timestamp()
            self._state.execute(
                "UPDATE objects SET resource = ? WHERE bucket = ? AND name = ? AND generation = ?",
                (json.dumps(updated), bucket, name, int(current["generation"])),
            )
            self.events.publish("OBJECT_METADATA_UPDATE", updated)
        return updated

    def _bucket(self, bucket: str) -> Json:
        found = self._state.get("buckets", f"b/{bucket}")
        if found is None:
            raise no_such_bucket(bucket)
        return found

    def _replace(self, current: Json | None, resource: Json, *, keep: bool) -> None:
        replaced = {"overwroteGeneration": current["generation"]} if current else {}
        if current:
            self._retire(current, keep=keep)
            event: EventType = "OBJECT_ARCHIVE" if keep else "OBJECT_DELETE"
            self.events.publish(event, current, overwrittenByGeneration=resource["generation"])
        self._write(resource)
        self.events.publish("OBJECT_FINALIZE", resource, **replaced)

    def _retire(self, resource: Json, *, keep: bool) -> None:
        key = (resource["bucket"], resource["name"], int(resource["generation"]))
        if keep:
            retired = json.dumps({**resource, "timeDeleted": timestamp()})
            self._state.execute(
                "UPDATE objects SET live = 0, resource = ? WHERE bucket = ? AND name = ? AND generation = ?",
                (retired, *key),
            )
        else:
            self._state.execute("DELETE FROM objects WHERE bucket = ? AND name = ? AND generation = ?", key)

    def _write(self, resource: Json) -> None:
        self._state.execute(
            "INSERT INTO objects (bucket, name, generation, live, resource) VALUES (?, ?, ?, 1, ?)",
            (resource["bucket"], resource["name"], int(resource["generation"]), json.dumps(resource)),
        )


def _is_versioned(bucket: Json) -> bool:
    return bool(bucket.get("versioning", {}).get("enabled"))
