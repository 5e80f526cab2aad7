"""The message as the page of the run shows it, to which the mail of Vertex AI links. Texts are data there too."""

from __future__ import annotations

from collections.abc import Iterator

from components.notification.message import Message
from components.report_page import markdown_text


def as_markdown(message: Message) -> str:
    """Everything of the message: title, figures, cost, failures with their next step, sentences, links."""
    return "\n".join(_lines(message)) + "\n"


def _lines(message: Message) -> Iterator[str]:
    yield f"# {markdown_text(message.title)}\n"
    yield "| | |"
    yield "|---|---|"
    yield from (f"| {markdown_text(label)} | {markdown_text(text)} |" for label, text in message.facts)
    yield ""
    yield from (f"- {markdown_text(sentence)}" for sentence in message.sentences)
    yield ""
    yield " · ".join(f"[{markdown_text(label)}](<{address}>)" for label, address in message.links)
