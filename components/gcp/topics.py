"""Pub/Sub topics: one message to whoever subscribes."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from components.gcp.google_http import post_json

TOPIC = r"projects/[^/\s]+/topics/[A-Za-z][A-Za-z0-9._~+%-]{2,254}"
"""Full name of a topic."""


def publish(topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
    """Publish one message and return its identifier.

    A call whose reply is lost is sent again, so a subscriber can get the message twice, as with Pub/Sub in any case.

    Source: https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish

    Args:
        topic: `projects/P/topics/T`.
        data: Content.
        attributes: What a subscription can filter by.

    Raises:
        RetuneError: `SERVICE-…`.
    """
    message = {"data": base64.b64encode(data).decode(), "attributes": dict(attributes)}
    done = post_json("pubsub", f"/v1/{topic}:publish", {"messages": [message]}, "publishing the message", topic)
    return str(done["messageIds"][0])
