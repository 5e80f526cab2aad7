"""The console in headless Chromium: the graph and its states, live changes, narrow and dark, keyboard, no script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local_vertex.server import start
from tests.chromium import CHROMIUM
from tests.local_vertex.console.browser import Page, browser

if TYPE_CHECKING:
    from tests.local_vertex.console.conftest import Site

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

STATES = "Object.fromEntries([...document.querySelectorAll('[data-node]')].map(n => [n.dataset.node, n.dataset.state]))"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
KINDS = ("failed run", "live run", "tuning job", "model", "endpoint", "batch job", "schedule")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def test_the_graph_shows_every_task_with_its_state_in_words_and_colour(site: Site, page: Page) -> None:
    page.open(site.address("failed run"))
    states = page.value(STATES)
    work = {name: state for name, state in states.items() if name.startswith("work")}
    assert states["wait-for"] == states["notify"] == "SUCCEEDED"
    # In the loop, in the branch that was not taken, and the one that fails.
    assert sorted(work.values()) == ["FAILED", "NOT_TRIGGERED", "SUCCEEDED"]
    assert states["exit-handler-1"] == "FAILED"
    words = "document.querySelector('[data-state={}] .what').textContent"
    assert page.value(words.format("FAILED")) == "✗ failed"
    assert page.value(words.format("NOT_TRIGGERED")) == "– not triggered"
    fill = "getComputedStyle(document.querySelector('.task[data-state={}] .edge')).fill"
    assert page.value(fill.format("FAILED")) != page.value(fill.format("SUCCEEDED"))
    assert page.value("document.querySelectorAll('.lap.good').length") == 2


def test_what_comes_later_stands_below_and_inside_its_frame(site: Site, page: Page) -> None:
    page.open(site.address("failed run"))
    inside = """(() => {
      const box = name => document.querySelector(`[data-node=${name}] rect`).getBoundingClientRect();
      const frame = box('exit-handler-1'), first = box('wait-for'), last = box('notify');
      return frame.left < first.left && frame.right > first.right && frame.top < first.top && last.top > frame.bottom;
    })()"""
    assert page.value(inside) is True


def test_a_run_changes_before_the_readers_eyes(site: Site, page: Page) -> None:
    gate = site.gate.with_name("second gate")
    name = site.run(gate, "fine", "live")
    page.open(f"{site.server.base_url}/console/{name}")
    page.until(f"({STATES})['wait-for'] === 'RUNNING'")
    # A page that was loaded again would have forgotten it.
    page.value("window.mark = 'kept'")
    gate.touch()
    page.until("document.querySelector('.lead .state').textContent.includes('succeeded')")
    assert page.value(STATES)["notify"] == "SUCCEEDED"
    assert page.value("window.mark") == "kept"
    page.until("document.getElementById('live').textContent === ''")


@pytest.mark.parametrize("width", [400, 1200])
def test_no_page_is_wider_than_the_screen_or_breaks_its_own_rules(site: Site, page: Page, width: int) -> None:
    page.requested.clear()
    page.complaints.clear()
    for address in (site.server.base_url + "/", *map(site.address, KINDS)):
        page.open(address, width)
        assert (address, page.value(WIDER)) == (address, 0)
        assert page.value("document.querySelectorAll('[onerror], [onload], [style], iframe').length") == 0
    assert page.complaints == []
    assert {one.startswith(site.server.base_url) for one in page.requested} == {True}
    assert any(one.endswith("/console/console.css") for one in page.requested)


def test_the_page_follows_the_reader_into_the_dark(site: Site, page: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page.open(site.server.base_url + "/")
    light = page.value(ground)
    page.open(site.server.base_url + "/", dark=True)
    assert light == "rgb(252, 252, 250)"
    assert page.value(ground) == "rgb(20, 23, 26)"


@pytest.mark.parametrize("dark", [False, True])
def test_words_stand_out_from_their_ground(site: Site, page: Page, dark: bool) -> None:
    page.open(site.server.base_url + "/", dark=dark)
    ratio, where = page.value(LOWEST_CONTRAST)
    assert ratio >= 4.5, where


# WCAG 2.2, 1.4.3: contrast of text on the ground that it stands on, the nearest one that is not transparent.
LOWEST_CONTRAST = """(() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const parts = numbers(colour).slice(0, 3).map(part => part / 255);
    const [r, g, b] = parts.map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ground = node => {
    const colour = getComputedStyle(node).backgroundColor;
    return numbers(colour)[3] === 0 && node.parentElement ? ground(node.parentElement) : colour;
  };
  const written = "p, li, h1, h2, h3, a:not(.task), span, small, td, th, dt, dd, code, text";
  const ratios = [...document.querySelectorAll(written)].filter(node => node.textContent.trim()).map(node => {
    const style = getComputedStyle(node), colour = node.nodeName === "text" ? style.fill : style.color;
    const [a, b] = [light(colour), light(ground(node))].sort((one, two) => two - one);
    return [(a + .05) / (b + .05), node.outerHTML.slice(0, 200)];
  });
  return ratios.sort((one, two) => one[0] - two[0])[0];
})()"""


def test_by_keyboard_to_the_content_and_from_a_task_to_its_row(site: Site, page: Page) -> None:
    page.open(site.address("failed run"))
    page.press("Tab")
    assert page.value("document.activeElement.textContent") == "Skip to content"
    row = page.value("(task => (task.focus(), task.getAttribute('href')))(document.querySelector('.task.bad'))")
    assert page.value("document.activeElement.getAttribute('aria-label')").startswith("work")
    assert "failed" in page.value("document.activeElement.getAttribute('aria-label')")
    target = json.dumps(str(row).partition("#")[2])
    assert "failed" in page.value(f"document.getElementById({target}).textContent")


def test_without_script_the_page_loads_itself_again(site: Site, page: Page) -> None:
    page.open(site.address("live run"), script=False)
    assert page.value("document.querySelector('meta[http-equiv=refresh]').content") == "3"
    page.open(site.address("failed run"), script=False)
    assert page.value("document.querySelector('meta[http-equiv=refresh]')") is None


def test_an_empty_server_has_a_page_and_one_that_is_gone_is_missed(page: Page, tmp_path: Path) -> None:
    server = start(tmp_path, ephemeral=True, idle_shutdown_s=60)
    try:
        page.open(server.console)
        assert page.value("document.querySelector('#runs').textContent").split() == ["Pipeline", "runs", "0"]
        assert page.value(WIDER) == 0
    finally:
        server.stop()
    page.until("document.getElementById('live').textContent === 'local Vertex does not answer'")
