"""Ends every run: settles what serves, and tells ledger, task log and, where configured, a webhook how it ended."""

from __future__ import annotations

import logging

import msgspec

from components.clock import Clock
from components.endpoint_deployment.settle import settle_after_run
from components.errors import service_error
from components.notification.settings import NotificationSettings
from components.notification.summary import RunSummary, summarise
from components.step import Step

TIMEOUT_S = 10.0
ATTEMPTS = 3


def notify_people(step: Step, state: str) -> RunSummary:
    """The run's summary, after what serves was made to agree with the ledger and everyone who wants to know was told.

    Args:
        step: The running step.
        state: Final state of the run's tasks as the pipeline service gives it to an exit handler.

    Raises:
        RetuneError: `NOTIFY-WEBHOOK`, the webhook did not accept it; the summary is in the ledger all the same.
    """
    settle_after_run(step, Clock())
    summary = summarise(step.ledger, step.run_id, state)
    step.ledger.write_run(step.run_id, "summary.json", summary)
    print(one_line(summary), flush=True)
    webhook = step.section("notification", NotificationSettings).webhook
    if webhook:
        _post(webhook, summary)
    return summary


def one_line(summary: RunSummary) -> str:
    """The summary for a log: state, verdict or first failure, cost of the tuning it started, what serves.

    The metrics in `terraform/modules/monitoring` are made from this line.
    """
    what = summary.verdict or (
        f"{summary.failures[0].code} in {summary.failures[0].task}" if summary.failures else "no verdict"
    )
    cost = f"tuning about ${summary.tuning_usd:.2f}; " if summary.tuning_usd is not None else ""
    return f"run {summary.run_id} {summary.state}: {what}; {cost}serving {summary.serving_endpoint or 'nothing'}"


def _post(webhook: str, summary: RunSummary) -> None:
    import httpx

    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, and a webhook's is a secret
    client = httpx.Client(transport=httpx.HTTPTransport(retries=ATTEMPTS), timeout=TIMEOUT_S)
    try:
        with client:
            client.post(
                webhook, content=msgspec.json.encode(summary), headers={"content-type": "application/json"}
            ).raise_for_status()
    except httpx.HTTPError as error:
        raise service_error(
            "NOTIFY-WEBHOOK",
            f"the webhook did not take the summary ({type(error).__name__})",
            "check notification.webhook; the summary is in the run's ledger",
            "notification.webhook",
        ) from error
