"""Cloud Storage JSON API: which Pub/Sub topics a bucket tells of changes to its objects.

Source: https://cloud.google.com/storage/docs/json_api/v1/notifications
"""

from __future__ import annotations

import re

from local_vertex.calls import Json
from local_vertex.state import State
from local_vertex.storage.object_events import CONFIGS
from local_vertex.storage.preconditions import StorageError

_TOPIC = re.compile(r"//pubsub\.googleapis\.com/projects/[^/]+/topics/[a-zA-Z][\w.~+%-]{2,254}", re.ASCII)
_EVENT_TYPES = ("OBJECT_FINALIZE", "OBJECT_DELETE", "OBJECT_ARCHIVE", "OBJECT_METADATA_UPDATE")
_FORMATS = ("JSON_API_V1", "NONE")
_MOST = 100  # "100 notification configurations per bucket"


class NotificationConfigs:
    """The notification configurations of every bucket.

    Args:
        state: Where they are remembered.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def create(self, bucket: str, body: Json) -> Json:
        """A new configuration.

        Raises:
            StorageError: 400, for the topic, the payload format, an event type or the number of configurations.
        """
        if not _TOPIC.fullmatch(body.get("topic") or ""):
            raise StorageError(400, "invalid", "Invalid Google Cloud Pub/Sub topic.")
        if body.get("payload_format") not in _FORMATS:
            raise StorageError(400, "invalid", "Invalid payload format.")
        types = body.get("event_types") or []
        if not set(types) <= set(_EVENT_TYPES):
            raise StorageError(400, "invalid", "Invalid event type.")
        with self._state.transaction():
            if len(self._state.list(CONFIGS, f"b/{bucket}")) >= _MOST:
                raise StorageError(400, "invalid", f"A bucket has at most {_MOST} notification configurations.")
            identifier = str(self._state.count("notificationConfigs"))
            config = {
                "kind": "storage#notification",
                "id": identifier,
                "topic": body["topic"],
                "payload_format": body["payload_format"],
                **{key: body[key] for key in ("object_name_prefix", "custom_attributes") if body.get(key)},
                **({"event_types": types} if types else {}),
                "etag": identifier,
                "selfLink": f"https://www.googleapis.com/storage/v1/b/{bucket}/notificationConfigs/{identifier}",
            }
            self._state.put(CONFIGS, f"b/{bucket}/{identifier}", config)
        return config

    def get(self, bucket: str, identifier: str) -> Json:
        """One configuration.

        Raises:
            StorageError: 404.
        """
        found = self._state.get(CONFIGS, f"b/{bucket}/{identifier}")
        if found is None:
            raise StorageError(404, "notFound", f"Not found: notification {identifier} of bucket {bucket}")
        return found

    def list(self, bucket: str) -> Json:
        """All of a bucket, oldest first."""
        return {"kind": "storage#notifications", "items": self._state.list(CONFIGS, f"b/{bucket}")}

    def delete(self, bucket: str, identifier: str) -> None:
        """Tell this topic nothing more.

        Raises:
            StorageError: 404.
        """
        self.get(bucket, identifier)
        self._state.delete(CONFIGS, f"b/{bucket}/{identifier}")
