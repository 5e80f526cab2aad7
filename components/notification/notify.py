"""Ends every run: settles what serves, and tells ledger, task log and every configured channel how it ended."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from components.clock import Clock
from components.endpoint_deployment.settle import settle_after_run
from components.errors import RetuneError
from components.gcp.service_errors import as_service_error
from components.gcp.topics import publish
from components.notification.as_markdown import as_markdown
from components.notification.chat_formats import CHAT_FORMATS
from components.notification.measured import NOW
from components.notification.message import Message, message_of
from components.notification.settings import NotificationSettings
from components.notification.summary import RunSummary, failure_of, summarise
from components.notification.webhook import post, webhook_address
from components.step import Step

TASK = "notify"
MESSAGE = "message.md"
"""Name of the message among the records of the run; the page of the run shows it."""


def notify_people(step: Step, state: str, clock: Clock | None = None) -> RunSummary:
    """The run's summary, after what serves was made to agree with the ledger and everyone who wants to know was told.

    A channel that cannot be reached is named in summary, log and ledger and changes nothing else: the run ended as it
    ended, and the other channels are told all the same. Whatever becomes of what serves, people are told.

    Args:
        step: The running step.
        state: Final state of the run's tasks as the pipeline service gives it to an exit handler.
        clock: For pauses.

    Raises:
        RetuneError: What serves could not be made to agree with the ledger; everybody was told so.
    """
    unsettled = _settle(step)
    summary = summarise(step.ledger, step.run_id, state)
    message = message_of(summary, step.name, step.cloud)
    step.ledger.write_run(step.run_id, "summary.json", summary)
    uri = step.ledger.run_uri(step.run_id, MESSAGE)
    step.storage.write(uri, as_markdown(message).encode(), content_type="text/markdown; charset=utf-8")
    for line in (one_line(summary), *watched_lines(summary)):
        print(line, flush=True)
    undelivered = _tell(step, summary, message, clock or Clock())
    if undelivered:
        for error in undelivered:
            print(undelivered_line(error), flush=True)
        failures = [failure_of(TASK, error) for error in undelivered]
        summary = msgspec.structs.replace(summary, undelivered=failures)
        step.ledger.write_run(step.run_id, "summary.json", summary)
    if unsettled:
        raise unsettled
    return summary


def one_line(summary: RunSummary) -> str:
    """The summary for a log: state, verdict or first failure, cost of all that it started, what serves.

    The metrics in `terraform/modules/monitoring` are made from this line.
    """
    failed = f"{summary.failures[0].code} in {summary.failures[0].task}" if summary.failures else ""
    verdict = "" if summary.verdict == "unmeasured" else summary.verdict  # the failure says more
    told = (verdict, failed if summary.state != "SUCCEEDED" or not verdict else "")
    what = ", ".join(filter(None, told)) or "no verdict"
    costs = summary.costs()
    parts = ", ".join(f"{what} ${usd:.2f}" for what, usd in costs.items())
    cost = f"cost about ${sum(costs.values()):.2f} ({parts}); " if costs else ""
    return f"run {summary.run_id} {summary.state}: {what}; {cost}serving {summary.serving_endpoint or 'nothing'}"


def watched_lines(summary: RunSummary) -> list[str]:
    """What a watch measured now, for a log; a metric in `terraform/modules/monitoring` reads it."""
    return [f"watched {one.metric} {one.value.mean:.6f}" for one in summary.measured if one.what == NOW]


def undelivered_line(error: RetuneError) -> str:
    """Which channel was not reached, for a log; a metric in `terraform/modules/monitoring` counts this line."""
    return f"notification not delivered: {error}; {error.next_step}"


def _settle(step: Step) -> RetuneError | None:
    try:
        with as_service_error("settling what serves"):
            settle_after_run(step, Clock())
    except RetuneError as error:
        step.ledger.record_error(step.run_id, TASK, error)
        return error
    return None


def _tell(step: Step, summary: RunSummary, message: Message, clock: Clock) -> list[RetuneError]:
    """Tell every channel; those that were not reached, as errors."""
    settings = step.section("notification", NotificationSettings)
    as_json = msgspec.json.encode({**msgspec.to_builtins(summary), "links": dict(message.links)})
    channels: list[Callable[[], object]] = []
    if settings.webhook or settings.webhook_secret:
        as_chat = CHAT_FORMATS.get(settings.format)
        content = msgspec.json.encode(as_chat(message)) if as_chat else as_json
        channels.append(lambda: post(webhook_address(settings), content, clock))
    if settings.topic:
        # A filter of a subscription cannot ask for an empty value.
        attributes = {"name": step.name, "state": summary.state, "verdict": summary.verdict or "none"}
        channels.append(lambda: publish(settings.topic, as_json, attributes))
    undelivered = []
    for tell in channels:
        try:
            with as_service_error("telling people"):
                tell()
        except RetuneError as error:
            undelivered.append(error)
    return undelivered
