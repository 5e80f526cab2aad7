"""Every page over HTTP: what it shows, that it escapes, can be read with a screen reader and fetches nothing."""

from __future__ import annotations

import html
import itertools
import re
import urllib.parse
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.local_vertex.console.shapes import HOSTILE

if TYPE_CHECKING:
    from tests.local_vertex.console.conftest import Site

RESOURCES = (
    "failed run",
    "live run",
    "tuning job",
    "broken tuning job",
    "model",
    "uploaded model",
    "endpoint",
    "batch job",
    "schedule",
)
PAGES = ("overview", "requests", *RESOURCES)
VOID = {"meta", "link", "img", "br"}


class Outline(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def of(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def path_of(site: Site, page: str) -> str:
    return {"overview": "/", "requests": "/console/requests"}.get(page) or site.path(page)


@pytest.fixture(params=PAGES)
def shown(request: pytest.FixtureRequest, site: Site) -> httpx.Response:
    if request.param == "requests":
        # Only the last hundred are shown, and a run in the background makes that many in a moment.
        site.web.get(f"/v1/{urllib.parse.quote(HOSTILE)}")
    reply = site.web.get(path_of(site, request.param))
    assert reply.status_code == 200, reply.text
    return reply


def test_names_are_text_and_never_markup(shown: httpx.Response) -> None:
    assert "{{7*7}}" in shown.text
    assert html.escape("<script>alert(1)</script>") in shown.text
    assert not re.search(r"<script>|<img src=x|<svg onload|\u202e|\x07", shown.text)
    scripts = Outline(shown.text).of("script")
    assert scripts == [{"src": "/console/console.js", "defer": ""}]
    assert not [name for _, attributes in Outline(shown.text).elements for name in attributes if name[:2] == "on"]


def test_the_page_fetches_nothing_from_elsewhere_and_the_browser_is_told(shown: httpx.Response) -> None:
    addresses = [value for _, one in Outline(shown.text).elements for name, value in one.items() if name in _LINKS]
    assert all(re.match(r"/(?!/)|#", address) for address in addresses)
    policy = shown.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"] == "no-store"
    assert "style=" not in shown.text


_LINKS = ("href", "src", "action", "srcset", "data")


def test_a_screen_reader_finds_its_way(shown: httpx.Response) -> None:
    page = Outline(shown.text)
    assert page.of("html") == [{"lang": "en"}]
    assert len(page.of("main")) == len(page.of("title")[:1]) == len(page.of("h1")) == 1
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    labels = [attributes["aria-labelledby"] for _, attributes in page.elements if "aria-labelledby" in attributes]
    assert set(labels) <= set(ids)
    assert all(one.keys() & {"aria-labelledby", "aria-label"} for one in page.of("section", "nav"))
    assert all("scope" in one for one in page.of("th"))
    assert all("alt" in one for one in page.of("img"))
    assert all(one.keys() & {"aria-label", "aria-hidden"} for one in page.of("svg"))
    # What scrolls sideways can be scrolled by keyboard, and says what it is.
    scrolled = [one for _, one in page.elements if "scroll" in one.get("class", "").split()]
    assert all(one["tabindex"] == "0" and one["role"] == "region" for one in scrolled)


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        (
            "overview",
            ["running", "wait-for", "champion", "70 %", "TZ=Europe/Berlin 30 3 * * 1", "429", "training loss"],
        ),
        ("overview", ["and 2 more for other checkpoints"]),
        ("tuning job", ["lowest validation loss in epoch"]),
        ("failed run", ["everything", "taken", "if wait-for == 'go'", "for each of", "× 2", "exited with a non-zero"]),
        ("live run", ["running", "pending"]),
        (
            "tuning job",
            ["gemini-2.5-flash", "epochCount", "examples 45", "validation loss", "Checkpoint", "/endpoints/"],
        ),
        ("broken tuning job", ["failed", "Error 13"]),
        ("model", ["Version 1", "champion", "default", "exact 0.875 0.8 0.9", "tune-type : sft"]),
        ("uploaded model", ["Version 1", "default", "Container", "uploaded by a user", "no endpoint"]),
        ("endpoint", ["70 %", "30 %", "7000", "team : search"]),
        ("batch job", ["succeeded", "successfulCount 1", "gs://console-data/out"]),
        ("schedule", ["paused", "TZ=Europe/Berlin 30 3 * * 1", "Next run", "Runs started 0"]),
        ("requests", ["429", "status", "Fired", "/v1/projects/console"]),
    ],
)
def test_the_page_shows_what_there_is(site: Site, page: str, wanted: list[str]) -> None:
    text = Outline(site.web.get(path_of(site, page)).text).text
    assert [one for one in wanted if one not in text] == []


def test_a_loss_chart_has_a_point_for_every_epoch(site: Site) -> None:
    lines = Outline(site.web.get(site.path("tuning job")).text).of("polyline")
    assert [len(line["points"].split()) for line in lines] == [3, 3]


def test_requests_of_the_console_are_not_among_the_last_and_queries_are_not_shown(site: Site) -> None:
    site.web.get("/v1/projects/console/locations/us-central1/models?filter=secret")
    text = site.web.get("/console/requests").text
    assert "secret" not in text
    assert "/console/requests</bdi>" not in text
    assert text.count("<tr>") <= 1 + 100 + 3


def test_only_by_its_own_name_and_only_to_read(site: Site) -> None:
    assert site.web.get("/", headers={"Host": "evil.example"}).status_code == 403
    for path in ("/", "/console/console.css", site.path("model")):
        assert site.web.post(path).status_code == 405
        assert site.web.head(path).status_code == 200


@pytest.mark.parametrize(
    "name", ["projects/1/locations/l/models/2", "projects/1/locations/l/buckets/b", "x", "../../etc/passwd", "%00"]
)
def test_what_is_not_there_is_a_page_too(site: Site, name: str) -> None:
    reply = site.web.get(f"/console/{name}")
    assert reply.status_code == 404
    assert "<script>" not in reply.text


def test_the_console_stays_within_reach_of_every_fault(site: Site) -> None:
    site.post("/_faults", {"action": "status", "status": 503, "path": ".*"})
    try:
        assert site.web.get("/").status_code == 200
        assert site.web.get("/console/console.css").status_code == 200
    finally:
        site.web.delete("/_faults")
        site.post("/_faults", {"action": "status", "status": 429, "path": re.escape("{{7*7}}")})
