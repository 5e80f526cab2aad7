"""Resumable uploads under way; they outlive the server.

Source: https://cloud.google.com/storage/docs/resumable-uploads
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from local_vertex.calls import Json
from local_vertex.clock import now_us
from local_vertex.state import State
from local_vertex.storage.object_store import UPLOAD_SESSIONS, ObjectStore
from local_vertex.storage.preconditions import Preconditions, StorageError

# "A session URI expires after one week."
_LIFETIME_US = 7 * 24 * 3600 * 10**6


@dataclass(frozen=True, slots=True)
class Session:
    """One upload.

    Attributes:
        identifier: The `upload_id` of its address.
        bucket: Target bucket.
        name: Target object.
        metadata: The object's metadata.
        preconditions: What must hold when it ends.
        file: The bytes received so far.
        resource: The finished object, once it is.
    """

    identifier: str
    bucket: str
    name: str
    metadata: Json
    preconditions: Preconditions
    file: Path
    resource: Json | None


class UploadSessions:
    """The sessions of one server.

    Args:
        state: Where they are remembered.
        store: Where their bytes are and their objects go.
    """

    def __init__(self, state: State, store: ObjectStore) -> None:
        self._state, self._store = state, store
        for record in state.list(UPLOAD_SESSIONS, "uploads"):
            # A kill between the two steps of an ending leaves a session without bytes.
            lost = record["resource"] is None and not store.files.file(record["file"]).exists()
            if lost or record["began_us"] < now_us() - _LIFETIME_US:
                self._forget(record["identifier"])

    def begin(self, bucket: str, name: str, metadata: Json, preconditions: Preconditions) -> Session:
        """A new session without bytes."""
        file = self._store.files.new_file()
        session = Session(uuid.uuid4().hex, bucket, name, metadata, preconditions, file, None)
        record = {**asdict(session), "file": file.name, "began_us": now_us()}
        self._state.put(UPLOAD_SESSIONS, _key(session.identifier), record)
        return session

    def get(self, identifier: str) -> Session:
        """The session.

        Raises:
            StorageError: 404, there is none, or it was cancelled or refused.
        """
        record = self._state.get(UPLOAD_SESSIONS, _key(identifier))
        if record is None:
            raise StorageError(404, "notFound", "There is no such upload session.")
        return Session(
            identifier,
            record["bucket"],
            record["name"],
            record["metadata"],
            Preconditions(**record["preconditions"]),
            self._store.files.file(record["file"]),
            record["resource"],
        )

    def finish(self, session: Session, metadata: Json) -> Json:
        """Make the object of what has arrived; the session keeps its resource, for a client that lost the reply.

        Raises:
            StorageError: 400, 404, 412 or 304; the session is gone then.
        """
        key = _key(session.identifier)

        def keep(resource: Json) -> None:
            record = self._state.get(UPLOAD_SESSIONS, key)
            self._state.put(UPLOAD_SESSIONS, key, {**(record or {}), "resource": resource})

        try:
            return self._store.insert(
                session.bucket, session.name, session.file, metadata, session.preconditions, and_then=keep
            )
        except StorageError:
            self._forget(session.identifier)
            raise

    def cancel(self, session: Session) -> None:
        """Drop the session and its bytes."""
        self._forget(session.identifier)
        session.file.unlink(missing_ok=True)

    def _forget(self, identifier: str) -> None:
        self._state.delete(UPLOAD_SESSIONS, _key(identifier))


def _key(identifier: str) -> str:
    return f"uploads/{identifier}"
