"""A message in the form of each chat. Texts are data there: none of them can mention people, link or format.

Slack's rich text and Teams' text runs are not parsed at all; Google Chat's cards are a kind of HTML and are escaped.

Sources: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block,
https://developers.google.com/workspace/chat/api/reference/rest/v1/cards and
https://adaptivecards.io/explorer/TextRun.html with
https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

from components.notification.message import Message

Json = dict[str, Any]
SLACK_HEADER = 150
"""Characters that a header block may have."""


def as_slack(message: Message) -> Json:
    """The payload of a Slack incoming webhook."""
    lines = [[_slack_text(f"{label}  ", bold=True), _slack_text(text)] for label, text in message.facts]
    lines += [[_slack_text(sentence)] for sentence in message.sentences]
    links: list[Json] = []
    for label, address in message.links:
        links += [{"type": "link", "url": address, "text": label}, _slack_text("   ")]
    title = message.title if len(message.title) <= SLACK_HEADER else f"{message.title[: SLACK_HEADER - 1]}\u2026"
    return {
        # Shown where blocks are not, and parsed there: links and mentions start with one of these characters.
        "text": message.title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}},
            {
                "type": "rich_text",
                "elements": [{"type": "rich_text_section", "elements": line} for line in _with_breaks([*lines, links])],
            },
        ],
    }


def _with_breaks(lines: list[list[Json]]) -> list[list[Json]]:
    """Sections are not separated by themselves."""
    return [[*line, _slack_text("\n")] for line in lines]


def _slack_text(text: str, *, bold: bool = False) -> Json:
    element: Json = {"type": "text", "text": text}
    return {**element, "style": {"bold": True}} if bold else element


def as_google_chat(message: Message) -> Json:
    """The payload of a Google Chat incoming webhook."""
    widgets: list[Json] = [
        {"decoratedText": {"topLabel": label, "text": html.escape(text), "wrapText": True}}
        for label, text in message.facts
    ]
    widgets += [{"textParagraph": {"text": html.escape(sentence)}} for sentence in message.sentences]
    buttons = [{"text": label, "onClick": {"openLink": {"url": address}}} for label, address in message.links]
    return {
        "fallbackText": message.title,
        "cardsV2": [
            {
                "cardId": "retune",
                "card": {
                    "header": {"title": message.title},
                    "sections": [{"widgets": [*widgets, {"buttonList": {"buttons": buttons}}]}],
                },
            }
        ],
    }


def as_teams(message: Message) -> Json:
    """The payload of a Teams workflow that posts what its webhook gets."""
    lines = [[_run(f"{label}  ", bold=True), _run(text)] for label, text in message.facts]
    lines += [[_run(sentence)] for sentence in message.sentences]
    body = [{"type": "RichTextBlock", "inlines": [{**_run(message.title, bold=True), "size": "Large"}]}]
    body += [{"type": "RichTextBlock", "inlines": line} for line in lines]
    actions = [{"type": "Action.OpenUrl", "title": label, "url": address} for label, address in message.links]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
        "actions": actions,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _run(text: str, *, bold: bool = False) -> Json:
    element: Json = {"type": "TextRun", "text": text}
    return {**element, "weight": "Bolder"} if bold else element


CHAT_FORMATS: dict[str, Callable[[Message], Json]] = {
    "slack": as_slack,
    "google_chat": as_google_chat,
    "teams": as_teams,
}
"""By `notification.format`; `json` is the summary itself."""
