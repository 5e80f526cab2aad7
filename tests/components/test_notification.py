"""The end of every run: one screen on what failed, what it cost, what serves and what to do."""

from __future__ import annotations

import base64
import html
import json
import logging
import re
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from pydantic import ValidationError

from components.clock import Clock
from components.errors import RetuneError, dataset_error, service_error
from components.evaluation.evaluation import Evaluation
from components.evaluation.gate import decide
from components.evaluation.gate_settings import GateSettings
from components.evaluation.statistics.interval import Interval
from components.notification.as_markdown import as_markdown
from components.notification.measured import NOW, Measured
from components.notification.message import Message
from components.notification.notify import MESSAGE, notify_people, one_line, undelivered_line, watched_lines
from components.notification.settings import NotificationSettings
from components.notification.summary import Failure, RunSummary, summarise
from components.notification.webhook import post
from components.outcome_recording.outcome import Outcome
from components.run_planning.plan import CandidateCost, Plan
from components.step import Step
from local_vertex.server import RunningServer
from tests.components.stand_ins import FakeTime, Faults
from tests.unit.test_evaluation_gate import BASE, CHAMPION, candidate, judged, right


@dataclass
class Webhook:
    """A receiver on loopback."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(hook.statuses.pop(0) if hook.statuses else 200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    hook.url = f"http://127.0.0.1:{server.server_port}/hook/T0KEN-of-the-webhook"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield hook
    server.shutdown()
    thread.join()
    server.server_close()


def telling(step: Step, **notification: str) -> Step:
    return replace(step, config=json.dumps({**json.loads(step.config), "notification": notification}))


def test_a_failed_run_names_cause_place_and_next_step(step: Step) -> None:
    error = dataset_error("DATA-JSON", "not JSON", "correct the line", "train.jsonl:4000")
    step.ledger.record_error(step.run_id, "validate-dataset", error)
    summary = notify_people(step, "FAILED")
    failure = summary.failures[0]
    assert (failure.task, failure.code, failure.where) == ("validate-dataset", "DATA-JSON", "train.jsonl:4000")
    assert one_line(summary) == "run run-1 FAILED: DATA-JSON in validate-dataset; serving nothing"
    page = step.storage.read(step.ledger.run_uri(step.run_id, MESSAGE)).decode()
    for wanted in ("failed, DATA", "validate", "not JSON", "train.jsonl:4000", "correct the line", "[Run](<http"):
        assert wanted in page.replace("\\", ""), page


def test_the_page_of_the_run_says_what_the_message_says_and_no_text_can_format_it() -> None:
    message = Message(
        "line: promote", [("cost", "about 4"), ("a|b", "x | y\n# z")], ["<b>better</b> *by* [far](http://e)"],
        [("Run", "http://127.0.0.1/run"), ("Report", "https://storage/report.html")],
    )  # fmt: skip
    page = as_markdown(message)
    assert "| cost | about 4 |" in page
    assert "| a\\|b | x \\| y \\# z |" in page
    assert "- \\<b\\>better\\</b\\> \\*by\\* \\[far\\]" in page
    assert page.endswith("[Run](<http://127.0.0.1/run>) · [Report](<https://storage/report.html>)\n")


def test_the_metrics_of_terraform_read_the_line(step: Step) -> None:
    text = (Path(__file__).parents[2] / "terraform/modules/monitoring/metrics.tf").read_text(encoding="utf-8")
    # Unquoted twice: as a string of HCL, then as one of the logging query language.
    quoted = re.findall(r'jsonPayload.message(?:=~|, )\\"(.+?)\\"', text)
    is_outcome, outcome, is_untold, untold, is_cost, cost, is_watched, watched, reached = (
        json.loads(f'"{json.loads(f"{chr(34)}{one}{chr(34)}")}"') for one in quoted
    )
    summary = notify_people(step, "FAILED")
    for changed, expected in (
        ({"verdict": "promote", "tuning_usd": 1234.5, "evaluation_usd": 0.25}, ("promote", "1234.75")),
        ({"verdict": "skipped", "tuning_usd": 0.0}, ("skipped", "0.00")),
        ({"verdict": "worse", "evaluation_usd": 0.5}, ("worse", "0.50")),
        ({"verdict": "unwatched"}, ("unwatched", None)),
        ({"failures": [Failure("plan-run", "BUDGET-EXCEEDED", "", "", "", 4)]}, ("BUDGET-EXCEEDED", None)),
        ({}, ("no", None)),
    ):
        line = one_line(msgspec.structs.replace(summary, **changed))
        assert re.search(is_outcome, line)
        read = re.search(outcome, line)
        paid = re.search(cost, line) if re.search(is_cost, line) else None
        assert (read and read[1], paid and paid[1]) == expected
    line = undelivered_line(service_error("NOTIFY-WEBHOOK", "refused", "check it", "notification.webhook"))
    assert re.search(is_untold, line)
    read = re.search(untold, line)
    assert read
    assert read[1] == "NOTIFY-WEBHOOK"
    measured = [
        Measured(NOW, "judge:tone", Interval(0.8125, 0.7, 0.9), 0.95),
        Measured("at its release 4", "judge:tone", Interval(0.9, 0.8, 1.0), 0.95),
    ]
    (line,) = watched_lines(msgspec.structs.replace(summary, measured=measured))
    found = [re.search(one, line) for one in (is_watched, watched, reached)]
    assert [one and one.groups() for one in found] == [(), ("judge:tone",), ("0.812500",)]


def finished(step: Step, reason: str = "not better") -> None:
    outcome = Outcome(step.run_id, "schedule", "hold", [reason], "key", "", "", "gs://b/report.html")
    step.ledger.write_run(step.run_id, "outcome.json", outcome)
    evaluation = judged((BASE, right(200)), (CHAMPION, right(250)), (candidate(), right(280)))
    step.ledger.write_run(step.run_id, "evaluation.json", evaluation)
    step.ledger.write_run(step.run_id, "decision.json", decide(evaluation, GateSettings()))


def test_a_finished_run_is_told_to_the_webhook_as_json(step: Step, webhook: Webhook) -> None:
    finished(step)
    notify_people(telling(step, webhook=webhook.url), "SUCCEEDED")
    (told,) = webhook.received
    assert (told["verdict"], told["reasons"], told["undelivered"]) == ("hold", ["not better"], [])
    assert told["links"]["Run"].endswith(f"/pipelineJobs/{step.run_id}")
    assert {one["what"] for one in told["measured"]} > {"base", "champion", "candidate against champion"}
    assert all(one["value"]["low"] <= one["value"]["mean"] <= one["value"]["high"] for one in told["measured"])


def test_what_no_plan_estimated_costs_what_the_evaluation_says(step: Step) -> None:
    """A promotion's plan counts on nothing, and its contestants and judges are asked all the same."""
    finished(step)
    step.ledger.write_run(step.run_id, "plan.json", Plan("tune", "promoted", "key", [], [], 0.0, 0.0, []))
    found = step.ledger.read_run(step.run_id, "evaluation.json", Evaluation)
    assert found
    systems = [msgspec.structs.replace(one, cost_usd=0.125) for one in found.systems]
    step.ledger.write_run(step.run_id, "evaluation.json", msgspec.structs.replace(found, systems=systems))
    assert summarise(step.ledger, step.run_id, "SUCCEEDED").costs() == {"tuning": 0.0, "answers": 0.125 * len(systems)}


@pytest.mark.parametrize("chat", ["slack", "google_chat", "teams"])
def test_a_chat_is_told_verdict_figures_reasons_and_links(step: Step, webhook: Webhook, chat: str) -> None:
    finished(step)
    plan = Plan("tune", "new", "key", [], [], tuning_usd=1.5, evaluation_usd=0.25, warnings=[])
    step.ledger.write_run(step.run_id, "plan.json", plan)
    step.ledger.write_run(step.run_id, "tuning_costs/f1.json", CandidateCost("f1", 1000, 1.5, ""))
    notify_people(telling(step, webhook=webhook.url, format=chat), "SUCCEEDED")
    texts = list(values_of(webhook.received[0]))
    said = "\n".join(texts)
    assert "line: hold" in texts
    assert re.search(r"^champion 0\.6\d\d \(0\.\d{3} to 0\.\d{3}\)$", said, re.MULTILINE)
    assert re.search(r"^candidate against champion \+0\.\d{3} \([+-]0\.\d{3} to \+0\.\d{3}\)$", said, re.MULTILINE)
    assert "not better" in said
    assert "tuning about $1.50, answers about $0.25" in texts
    assert any(text.endswith(f"/pipelineJobs/{step.run_id}") for text in texts)
    assert any(text.endswith("/o/report.html?alt=media") for text in texts)


@pytest.mark.parametrize("chat", ["slack", "google_chat", "teams"])
def test_a_chat_is_told_the_real_cause_of_a_failure(step: Step, webhook: Webhook, chat: str) -> None:
    error = dataset_error("DATA-JSON", "not JSON", "correct the line", "train.jsonl:4000")
    step.ledger.record_error(step.run_id, "validate-dataset", error)
    notify_people(telling(step, webhook=webhook.url, format=chat), "FAILED")
    texts = list(values_of(webhook.received[0]))
    assert {"line: failed, DATA-JSON", "DATA-JSON: not JSON (train.jsonl:4000)", "correct the line"} <= set(texts)


HOSTILE = "<!channel> <users/all> *b* [x](https://evil.example) </b><img src=x> & \u202etxt.exe"


@pytest.mark.parametrize("chat", ["slack", "google_chat", "teams"])
def test_a_hostile_text_stays_a_text(step: Step, webhook: Webhook, chat: str) -> None:
    finished(step, HOSTILE)
    step.ledger.record_error(step.run_id, "tune", service_error(HOSTILE, HOSTILE, HOSTILE, HOSTILE))
    notify_people(telling(step, webhook=webhook.url, format=chat), "FAILED")
    (told,) = webhook.received
    assert "\u202e" not in json.dumps(told, ensure_ascii=False)
    for kind, text in parsed_texts(told):
        assert "<" not in text, f"{kind} is parsed by the chat"


def values_of(value: Any) -> Iterator[str]:
    """Every text in a payload; bold labels and their texts on their own."""
    if isinstance(value, dict):
        for one in value.values():
            yield from values_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from values_of(one)
    elif isinstance(value, str):
        yield html.unescape(value)


def parsed_texts(payload: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts that a chat looks for markup in: all but those of elements that are documented not to be parsed."""
    if "blocks" in payload:
        yield "slack", payload["text"]
        assert {block["type"] for block in payload["blocks"]} == {"header", "rich_text"}
        assert payload["blocks"][0]["text"]["type"] == "plain_text"
        elements = [one for line in payload["blocks"][1]["elements"] for one in line["elements"]]
        assert {one["type"] for one in elements} == {"text", "link"}
        assert all(one["text"] for one in elements), "Slack refuses an empty text"
        assert not any("evil.example" in one["url"] for one in elements if one["type"] == "link")
    elif "cardsV2" in payload:
        for widget in payload["cardsV2"][0]["card"]["sections"][0]["widgets"]:
            for kind in ("decoratedText", "textParagraph"):
                if kind in widget:
                    yield "google_chat", widget[kind]["text"]
    else:
        card = payload["attachments"][0]["content"]
        assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
        assert {one["type"] for block in card["body"] for one in block["inlines"]} == {"TextRun"}
        assert not any("evil.example" in action["url"] for action in card["actions"])


def test_a_webhook_that_is_busy_is_asked_again(step: Step, webhook: Webhook) -> None:
    webhook.statuses += [429, 503]
    waited = FakeTime()
    assert notify_people(telling(step, webhook=webhook.url), "SUCCEEDED", waited.clock()).undelivered == []
    assert (len(webhook.received), waited.pauses) == (3, [1.0, 4.0])


def test_a_channel_that_fails_hides_neither_the_result_nor_the_other_channel(
    step: Step, webhook: Webhook, faults: Faults, capsys: pytest.CaptureFixture[str]
) -> None:
    finished(step)
    webhook.statuses += [404]
    faults.add(action="status", status=403, path="topics/runs:publish")
    both = telling(step, webhook=webhook.url, topic="projects/p/topics/runs")
    summary = notify_people(both, "SUCCEEDED", FakeTime().clock())
    assert [one.code for one in summary.undelivered] == ["NOTIFY-WEBHOOK", "SERVICE-REFUSED"]
    assert faults.fired()
    assert step.ledger.read_run(step.run_id, "summary.json", RunSummary) == summary
    printed = capsys.readouterr().out
    assert printed.startswith("run run-1 SUCCEEDED: hold; ")
    assert printed.count("notification not delivered: ") == 2


def test_a_webhook_that_is_not_there_says_so(step: Step) -> None:
    waited = FakeTime()
    summary = notify_people(telling(step, webhook="http://127.0.0.1:9/hook"), "SUCCEEDED", waited.clock())
    assert [one.code for one in summary.undelivered] == ["NOTIFY-WEBHOOK"]
    assert len(waited.pauses) == 2


def test_what_serves_cannot_be_settled_but_people_are_told(
    step: Step, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(step: Step, clock: Clock) -> None:
        raise service_error("SERVICE-UNAVAILABLE", "no reply", "wait")

    monkeypatch.setattr("components.notification.notify.settle_after_run", refuse)
    with pytest.raises(RetuneError, match="SERVICE-UNAVAILABLE"):
        notify_people(telling(step, webhook=webhook.url), "SUCCEEDED")
    assert [one["code"] for one in webhook.received[0]["failures"]] == ["SERVICE-UNAVAILABLE"]


SECRET = "projects/side/secrets/%s/versions/latest"


def keep_secret(server: RunningServer, name: str, text: str) -> str:
    """The name of a new secret's version."""
    base, bearer = f"{server.base_url}/v1/projects/side/secrets", {"authorization": "Bearer local"}
    body: dict[str, Any] = {"replication": {"automatic": {}}}
    httpx.post(base, params={"secretId": name}, json=body, headers=bearer).raise_for_status()
    payload = {"payload": {"data": base64.b64encode(text.encode()).decode()}}
    httpx.post(f"{base}/{name}:addVersion", json=payload, headers=bearer).raise_for_status()
    return SECRET % name


@pytest.mark.parametrize("status", [200, 404, 500])
def test_the_address_of_a_webhook_is_read_from_secret_manager_and_never_shown(
    step: Step,
    webhook: Webhook,
    server: RunningServer,
    status: int,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    webhook.statuses += [status] * 3
    secret = keep_secret(server, f"hook-{status}", f"{webhook.url}\n")
    summary = notify_people(telling(step, webhook_secret=secret), "SUCCEEDED", FakeTime().clock())
    assert webhook.received
    assert bool(summary.undelivered) == (status != 200)
    kept = [step.storage.read(one.uri).decode() for one in step.storage.list(f"{step.root}/")]
    for place in (*kept, *capfd.readouterr(), caplog.text, repr(summary)):
        assert "T0KEN" not in place


def test_an_error_about_the_webhook_has_no_cause_that_quotes_the_address(webhook: Webhook) -> None:
    webhook.statuses += [404]
    with pytest.raises(RetuneError) as raised:
        post(webhook.url, b"{}", FakeTime().clock())
    assert "T0KEN" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("text", ["not an address", "https://T0KEN.example:port/x", "http://T0KEN.example/"])
def test_a_secret_that_holds_no_address_is_named_but_not_shown(step: Step, server: RunningServer, text: str) -> None:
    secret = keep_secret(server, f"no-hook-{abs(hash(text))}", text)
    summary = notify_people(telling(step, webhook_secret=secret), "SUCCEEDED", FakeTime().clock())
    (failure,) = summary.undelivered
    assert failure.code in ("NOTIFY-SECRET", "NOTIFY-WEBHOOK")
    assert "T0KEN" not in repr(summary)


def test_a_secret_that_cannot_be_read_says_which(step: Step) -> None:
    summary = notify_people(telling(step, webhook_secret=SECRET % "none"), "SUCCEEDED", FakeTime().clock())
    assert [(one.code, one.where) for one in summary.undelivered] == [("SERVICE-REFUSED", SECRET % "none")]


@pytest.mark.parametrize(
    ("notification", "problem"),
    [
        ({"webhook": "https://hooks.slack.com/services/T0KEN", "format": "slack"}, "webhook_secret"),
        ({"webhook": "https://a.example/T0KEN", "webhook_secret": SECRET % "hook"}, "not both"),
        ({"webhook": "ftp://a.example/T0KEN"}, "webhook"),
        ({"webhook_secret": "T0KEN"}, "webhook_secret"),
    ],
)
def test_a_wrong_section_is_refused_without_quoting_it(notification: dict[str, str], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem) as raised:
        NotificationSettings.model_validate(notification)
    assert "T0KEN" not in str(raised.value)


def test_a_topic_gets_the_summary_with_attributes_to_filter_by(
    step: Step, webhook: Webhook, server: RunningServer
) -> None:
    finished(step)
    body = {"topic": "projects/p/topics/told", "push_endpoint": webhook.url}
    httpx.post(f"{server.base_url}/_subscriptions", json=body).raise_for_status()
    try:
        notify_people(telling(step, topic="projects/p/topics/told"), "SUCCEEDED")
        deadline = time.monotonic() + 30
        while not webhook.received and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        httpx.delete(f"{server.base_url}/_subscriptions").raise_for_status()
    message = webhook.received[0]["message"]
    assert message["attributes"] == {"name": "line", "state": "SUCCEEDED", "verdict": "hold"}
    assert json.loads(base64.b64decode(message["data"]))["reasons"] == ["not better"]
