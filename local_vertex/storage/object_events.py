"""What happened to objects, as Cloud Storage tells Pub/Sub, and what others publish, until a local subscriber took it.

The messages are written in the transaction of the change itself: a change that is there is told, one that is not there
is not.

Source: https://cloud.google.com/storage/docs/pubsub-notifications
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Literal

from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.state import State

CONFIGS, SUBSCRIPTIONS, MESSAGES = "notificationConfigs", "pushSubscriptions", "pushMessages"
EventType = Literal["OBJECT_FINALIZE", "OBJECT_DELETE", "OBJECT_ARCHIVE", "OBJECT_METADATA_UPDATE"]
_TOPIC_SERVICE = "//pubsub.googleapis.com/"


class ObjectEvents:
    """Writes messages and gives them to whoever delivers them.

    Args:
        state: Where notification configurations, subscriptions and waiting messages are.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self.on_publish: Callable[[], None] = lambda: None
        """Called when there is something to deliver; may be called from any thread."""

    def publish(self, event: EventType, resource: Json, **attributes: str) -> None:
        """Tell every subscription of every topic that the bucket notifies of such an event.

        Args:
            event: What happened.
            resource: The object it happened to.
            attributes: `overwroteGeneration` or `overwrittenByGeneration`.
        """
        for config in self._state.list(CONFIGS, f"b/{resource['bucket']}"):
            if event not in config.get("event_types", [event]):
                continue
            if not resource["name"].startswith(config.get("object_name_prefix", "")):
                continue
            message = _message(event, resource, config, attributes)
            self._keep(message, config["topic"].removeprefix(_TOPIC_SERVICE), message["attributes"]["eventTime"])
        self.on_publish()

    def publish_to(self, topic: str, messages: list[Json]) -> list[str]:
        """Give messages to every subscription of a topic, and return their identifiers.

        Args:
            topic: `projects/P/topics/T`; a topic that nobody subscribes to drops them, as Pub/Sub does.
            messages: With `data` (base64) and `attributes`.
        """
        with self._state.transaction():
            identifiers = [self._keep(message, topic, timestamp()) for message in messages]
        self.on_publish()
        return identifiers

    def _keep(self, message: Json, topic: str, at: str) -> str:
        number = self._state.count("pushMessages")
        identity = {"messageId": str(number), "message_id": str(number), "publishTime": at, "publish_time": at}
        for subscription in self._state.list(SUBSCRIPTIONS, topic):
            # Zero-padded, so that the order of the names is that of the events.
            name = f"{subscription['name']}/{number:020}"
            body = {"message": {**message, **identity}, "subscription": subscription["name"]}
            self._state.put(MESSAGES, name, {"name": name, "push": body})
        return str(number)

    def waiting(self, subscription: str) -> list[Json]:
        """What a subscription has not taken yet: `{"name", "push"}`, oldest first, a batch at most."""
        rows = self._state.execute(
            "SELECT body FROM resources WHERE kind = ? AND name >= ? AND name < ? ORDER BY name LIMIT 100",
            (MESSAGES, f"{subscription}/", f"{subscription}0"),
        )
        return [json.loads(body) for (body,) in rows]

    def taken(self, message: Json) -> None:
        """Forget a message that was delivered."""
        self._state.delete(MESSAGES, message["name"])


def _message(event: EventType, resource: Json, config: Json, attributes: dict[str, str]) -> Json:
    described = {
        **config.get("custom_attributes", {}),
        "notificationConfig": f"projects/_/buckets/{resource['bucket']}/notificationConfigs/{config['id']}",
        "eventType": event,
        "payloadFormat": config["payload_format"],
        "bucketId": resource["bucket"],
        "objectId": resource["name"],
        "objectGeneration": resource["generation"],
        "eventTime": timestamp(),
        **attributes,
    }
    if config["payload_format"] == "NONE":
        return {"attributes": described}
    return {"attributes": described, "data": base64.b64encode(json.dumps(resource).encode()).decode()}
