"""What people are told about a run, before it gets the form of a chat."""

from __future__ import annotations

from dataclasses import dataclass

from components.gcp.cloud_settings import CloudSettings
from components.gcp.console_links import endpoint_page, object_page, run_page
from components.notification.summary import Failure, RunSummary
from components.report_page import visible

MOST_REASONS, MOST_FAILURES = 6, 3
LONGEST = 500
"""Characters of one text: chats refuse messages of 28 KB (Teams) or 32 KB (Google Chat)."""


@dataclass(frozen=True)
class Message:
    """Plain texts: whoever makes a chat's message of them escapes them.

    Attributes:
        title: One line.
        facts: Label and text.
        sentences: Why, in sentences.
        links: Label and address.
    """

    title: str
    facts: list[tuple[str, str]]
    sentences: list[str]
    links: list[tuple[str, str]]


def message_of(summary: RunSummary, name: str, cloud: CloudSettings) -> Message:
    """How a run ended, on one screen.

    Args:
        summary: The run.
        name: The model line.
        cloud: Where the run and what serves are found.
    """
    facts = [(one.metric, one.sentence()) for one in summary.measured]
    facts.append(("cost", _cost(summary)))
    facts.append(("serving", summary.serving_model or "nothing"))
    sentences = [*summary.reasons[:MOST_REASONS], *(f"warning: {one}" for one in summary.warnings[:MOST_REASONS])]
    links = [("Run", run_page(cloud, summary.run_id))]
    if summary.report_uri:
        links.append(("Report", object_page(summary.report_uri)))
    if summary.serving_endpoint:
        links.append(("Serving", endpoint_page(cloud, summary.serving_endpoint)))
    return Message(
        title=_clipped(f"{name}: {_ended(summary)}"),
        # Chats refuse an element without a text.
        facts=[
            (_clipped(label), _clipped(text))
            for label, text in [("run", summary.run_id), *_failures(summary), *facts]
            if text.strip()
        ],
        sentences=[_clipped(one) for one in sentences if one.strip()],
        links=links,
    )


def _ended(summary: RunSummary) -> str:
    if summary.state == "SUCCEEDED":
        return summary.verdict or "done"
    cause = f", {summary.failures[0].code}" if summary.failures else ""
    verdict = f"; {summary.verdict}" if summary.verdict not in ("", "unmeasured") else ""
    return f"{summary.state.lower()}{cause}{verdict}"


def _failures(summary: RunSummary) -> list[tuple[str, str]]:
    return [fact for failure in summary.failures[:MOST_FAILURES] for fact in _failure(failure)]


def _failure(failure: Failure) -> list[tuple[str, str]]:
    place = f" ({failure.where})" if failure.where else ""
    return [
        (f"{failure.task} failed", f"{failure.code}: {failure.message}{place}"),
        ("next step", failure.next_step),
    ]


def _cost(summary: RunSummary) -> str:
    """What is known of it; empty where nothing is."""
    return ", ".join(f"{what} about ${usd:.2f}" for what, usd in summary.costs().items())


def _clipped(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}\u2026"
