"""The end of every run: one screen on what failed, what it cost, what serves and what to do."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from components.errors import RetuneError, dataset_error
from components.notification.notify import notify_people, one_line
from components.notification.summary import Failure
from components.outcome_recording.outcome import Outcome
from components.step import Step


@dataclass
class Webhook:
    """A receiver on loopback."""

    url: str = ""
    status: int = 200
    received: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *arguments: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    hook.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield hook
    server.shutdown()
    thread.join()
    server.server_close()


def with_webhook(step: Step, url: str) -> Step:
    return replace(step, config=json.dumps({**json.loads(step.config), "notification": {"webhook": url}}))


def test_a_failed_run_names_cause_place_and_next_step(step: Step) -> None:
    error = dataset_error("DATA-JSON", "not JSON", "correct the line", "train.jsonl:4000")
    step.ledger.record_error(step.run_id, "validate-dataset", error)
    summary = notify_people(step, "FAILED")
    failure = summary.failures[0]
    assert (failure.task, failure.code, failure.where) == ("validate-dataset", "DATA-JSON", "train.jsonl:4000")
    assert one_line(summary) == "run run-1 FAILED: DATA-JSON in validate-dataset; serving nothing"


def test_the_metrics_of_terraform_read_the_line(step: Step) -> None:
    text = (Path(__file__).parents[2] / "terraform/modules/monitoring/metrics.tf").read_text(encoding="utf-8")
    # Unquoted twice: as a string of HCL, then as one of the logging query language.
    quoted = re.findall(r'jsonPayload.message(?:=~|, )\\"(.+?)\\"', text)
    is_outcome, outcome, is_cost, cost = (json.loads(f'"{json.loads(f"{chr(34)}{one}{chr(34)}")}"') for one in quoted)
    summary = notify_people(step, "FAILED")
    for changed, expected in (
        ({"verdict": "promote", "tuning_usd": 1234.5}, ("promote", "1234.50")),
        ({"verdict": "skipped", "tuning_usd": 0.0}, ("skipped", "0.00")),
        ({"failures": [Failure("plan-run", "BUDGET-EXCEEDED", "", "", "", 4)]}, ("BUDGET-EXCEEDED", None)),
        ({}, ("no", None)),
    ):
        line = one_line(msgspec.structs.replace(summary, **changed))
        assert re.search(is_outcome, line)
        read = re.search(outcome, line)
        paid = re.search(cost, line) if re.search(is_cost, line) else None
        assert (read and read[1], paid and paid[1]) == expected


def test_a_finished_run_is_told_to_the_webhook(step: Step, webhook: Webhook) -> None:
    outcome = Outcome(step.run_id, "schedule", "hold", ["not better"], "key", "", "", "gs://b/report.html")
    step.ledger.write_run(step.run_id, "outcome.json", outcome)
    notify_people(with_webhook(step, webhook.url), "SUCCEEDED")
    assert [(one["verdict"], one["reasons"]) for one in webhook.received] == [("hold", ["not better"])]


def test_a_webhook_that_refuses_fails_the_notification_but_not_the_record(step: Step, webhook: Webhook) -> None:
    webhook.status = 500
    with pytest.raises(RetuneError, match="NOTIFY-WEBHOOK"):
        notify_people(with_webhook(step, webhook.url), "SUCCEEDED")
    assert step.storage.exists(step.ledger.run_uri(step.run_id, "summary.json"))


def test_a_webhook_that_is_not_there_says_so(step: Step) -> None:
    with pytest.raises(RetuneError, match="NOTIFY-WEBHOOK"):
        notify_people(with_webhook(step, "http://127.0.0.1:9/hook"), "SUCCEEDED")
