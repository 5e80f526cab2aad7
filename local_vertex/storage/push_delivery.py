"""Delivers what happened to objects, and what is published, to local subscribers: again and again until they take it.

Source: https://cloud.google.com/pubsub/docs/push and
https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import ipaddress
import re
from urllib.parse import urlsplit

import httpx

from local_vertex.calls import Handler, Json, invalid_argument
from local_vertex.context import Context, Service
from local_vertex.storage.object_events import MESSAGES, SUBSCRIPTIONS

_TOPIC = re.compile(r"projects/([^/]+)/topics/[a-zA-Z][\w.~+%-]{2,254}", re.ASCII)
_TIMEOUT_S = 10.0  # Pub/Sub's default acknowledgement deadline
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 10.0


class PushDelivery(Service):
    """The subscriptions, and one courier for each; a subscriber that does not answer delays nobody else.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state, self._events = context.state, context.objects.events
        self._couriers: dict[str, asyncio.Task[None]] = {}
        self._news: dict[str, asyncio.Event] = {}

    def handlers(self) -> dict[str, Handler]:
        """None: Pub/Sub has no place in the API; the stand-in's own routes call the methods below."""
        return {}

    async def start(self) -> None:
        """Go on with what was not taken before the server stopped."""
        loop = asyncio.get_running_loop()

        def publish() -> None:
            loop.call_soon_threadsafe(self._wake)

        self._events.on_publish = publish
        for subscription in self._state.list(SUBSCRIPTIONS, "projects"):
            self._send_courier(subscription)

    async def stop(self) -> None:
        """Stop delivering; what was not taken is kept."""
        self._events.on_publish = lambda: None
        for courier in self._couriers.values():
            courier.cancel()
        await asyncio.gather(*self._couriers.values(), return_exceptions=True)

    def subscribe(self, body: Json) -> Json:
        """A new subscription; it is told what happens from now on.

        Args:
            body: `topic`, e.g. `projects/p/topics/t`, and `push_endpoint`, an http address on loopback.

        Raises:
            ServiceError: 400.
        """
        topic, endpoint = body.get("topic"), body.get("push_endpoint")
        project = _TOPIC.fullmatch(topic) if isinstance(topic, str) else None
        if set(body) != {"topic", "push_endpoint"} or project is None or not isinstance(endpoint, str):
            raise invalid_argument("a subscription has a 'topic' (projects/P/topics/T) and a 'push_endpoint'")
        if not _is_loopback(endpoint):
            raise invalid_argument("a 'push_endpoint' is an http address on loopback, e.g. http://127.0.0.1:8000/push")
        number = self._state.count("pushSubscriptions")
        name = f"projects/{project[1]}/subscriptions/local-{number}"
        subscription = {"name": name, "topic": topic, "push_endpoint": endpoint}
        self._state.put(SUBSCRIPTIONS, f"{topic}/{number}", subscription)
        self._send_courier(subscription)
        return subscription

    def subscriptions(self) -> list[Json]:
        """Every subscription, with the number of messages that it has not taken."""
        return [
            {**subscription, "waiting": len(self._state.list(MESSAGES, subscription["name"]))}
            for subscription in self._state.list(SUBSCRIPTIONS, "projects")
        ]

    def unsubscribe_all(self) -> None:
        """End every subscription and forget what it has not taken."""
        for courier in self._couriers.values():
            courier.cancel()
        self._couriers.clear()
        self._news.clear()
        with self._state.transaction():
            for kind in (SUBSCRIPTIONS, MESSAGES):
                self._state.execute("DELETE FROM resources WHERE kind = ?", (kind,))

    def publish(self, topic: str, body: Json) -> Json:
        """Messages for whoever subscribes to the topic.

        Args:
            topic: `projects/P/topics/T`.
            body: `messages`, each with `data` (base64) or `attributes` (texts).

        Raises:
            ServiceError: 400.
        """
        messages = body.get("messages")
        if _TOPIC.fullmatch(topic) is None or set(body) != {"messages"} or not isinstance(messages, list):
            raise invalid_argument("a topic's name, or 'messages', is not what Pub/Sub accepts")
        if not messages or not all(map(_is_message, messages)):
            raise invalid_argument("a message has 'data' in base64 or 'attributes' of texts, and no unknown field")
        return {"messageIds": self._events.publish_to(topic, messages)}

    def _send_courier(self, subscription: Json) -> None:
        name = subscription["name"]
        self._news[name] = asyncio.Event()
        self._couriers[name] = asyncio.get_running_loop().create_task(
            self._deliver(name, subscription["push_endpoint"])
        )

    def _wake(self) -> None:
        for news in self._news.values():
            news.set()

    async def _deliver(self, subscription: str, endpoint: str) -> None:
        news, pause = self._news[subscription], _FIRST_PAUSE_S
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as client:
            while True:
                news.clear()
                messages = self._events.waiting(subscription)
                if not messages:
                    await news.wait()
                    continue
                taken = await asyncio.gather(*(_push(client, endpoint, message["push"]) for message in messages))
                for message, was_taken in zip(messages, taken, strict=True):
                    if was_taken:
                        self._events.taken(message)
                if all(taken):
                    pause = _FIRST_PAUSE_S
                else:
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE_S)


async def _push(client: httpx.AsyncClient, endpoint: str, body: Json) -> bool:
    try:
        reply = await client.post(endpoint, json=body)
    except httpx.HTTPError:
        return False
    return reply.is_success


def _is_message(message: object) -> bool:
    if not isinstance(message, dict) or not message.keys() <= {"data", "attributes", "orderingKey"}:
        return False
    data, attributes = message.get("data", ""), message.get("attributes", {})
    if not isinstance(data, str) or not isinstance(attributes, dict) or not (data or attributes):
        return False
    try:
        base64.b64decode(data, validate=True)
    except binascii.Error:
        return False
    return all(isinstance(value, str) for value in attributes.values())


def _is_loopback(endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False
