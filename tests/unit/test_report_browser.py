"""The report in a browser: nothing fetched, plots that react, filters by keyboard, any width, hostile texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.evaluation.report import render_report
from tests.chromium import CHROMIUM
from tests.local_vertex.console.browser import Page, browser
from tests.unit.evaluation_report import CSP, HOSTILE, RAN, SIDEWAYS, report

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

DRAWN = "document.body.dataset.plots === 'drawn'"
DOTS = "document.querySelectorAll('#plot-scores path[aria-roledescription=point]').length"
ARTICLES = "[...document.querySelectorAll('#examples > article')]"
SHOWN = f"{ARTICLES}.filter(one => one.checkVisibility())"


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render_report(report()), encoding="utf-8")
    return file.as_uri()


def opened(tab: Page, address: str, **how: Any) -> Page:
    tab.requested.clear()
    tab.complaints.clear()
    tab.open(address, **how)
    return tab


def hover(tab: Page, element: str) -> None:
    """Put the pointer on the middle of an element."""
    tab.value(f"{element}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
    box = tab.value(f"{element}.getBoundingClientRect().toJSON()")
    middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    for apart in (3, 0):
        tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=middle["x"] + apart, y=middle["y"])


def choose(tab: Page, name: str, letters: str) -> None:
    """Choose from a list by typing, as with a keyboard."""
    tab.value(f"document.querySelector('#example-filter [name={name}]').focus()")
    for letter in letters:
        tab.call("Input.dispatchKeyEvent", type="char", text=letter)


@pytest.mark.parametrize(("width", "dark", "policy"), [(390, True, True), (1200, False, False)])
def test_hostile_content_runs_nothing_fetches_nothing_and_fits_the_screen(
    tab: Page, tmp_path: Path, width: int, dark: bool, policy: bool
) -> None:
    page = render_report(report(HOSTILE))
    without_policy, found = CSP.subn("", page)
    assert found == 1
    file = tmp_path / "report.html"
    file.write_text(page if policy else without_policy, encoding="utf-8")
    opened(tab, file.as_uri(), width=width, dark=dark).until(DRAWN)
    assert tab.value(RAN) is None
    assert tab.value(SIDEWAYS) == 0
    assert tab.requested == [file.as_uri()]
    assert tab.complaints == []
    assert tab.value("document.querySelectorAll('.plot[data-drawn] svg').length") == 9
    tables = tab.value("[...document.querySelectorAll('table')].map(table => table.id).join(' ')")
    assert tables == (
        "metrics other-metrics comparisons other-comparisons confusion slices answers costs break-even-1 judges "
        "ratings dataset"
    )
    hover(tab, "document.querySelector('#plot-slices path[aria-roledescription=point]')")
    tab.until("document.querySelector('#vg-tooltip-element.visible') !== null")
    assert tab.value("document.querySelectorAll('#vg-tooltip-element :is(img, b, script, svg)').length") == 0
    assert tab.value(RAN) is None


def test_the_measurement_sees_a_script_that_runs_and_a_page_that_is_too_wide(tab: Page, tmp_path: Path) -> None:
    file = tmp_path / "bad.html"
    view = "<meta name='viewport' content='width=device-width'>"
    file.write_text(
        f"<!doctype html>{view}<body><p style='width:900px'>{HOSTILE}</p><img src='https://example.org/x.png'>"
    )
    opened(tab, file.as_uri(), width=390).until(f"{RAN} === 'yes'")
    assert tab.value(SIDEWAYS) > 0
    assert len(tab.requested) > 1


def test_a_plot_tells_numbers_on_hover_and_hides_what_is_switched_off_by_keyboard(tab: Page, calm: str) -> None:
    opened(tab, calm).until(DRAWN)
    hover(tab, "document.querySelector('#plot-scores path[aria-roledescription=point]')")
    tab.until("document.querySelector('#vg-tooltip-element.visible')?.innerText.includes('95% interval')")
    before = tab.value(DOTS)
    tab.value("document.querySelector('[data-hides] input').focus()")
    for kind in ("keyDown", "keyUp"):
        tab.call("Input.dispatchKeyEvent", type=kind, key=" ", code="Space", windowsVirtualKeyCode=32)
    tab.until(f"{DOTS} === {before} * 3 / 4")


def test_another_slice_comparison_is_one_choice_away(tab: Page, calm: str) -> None:
    opened(tab, calm).until(DRAWN)
    labels = "document.querySelector('#plot-slices').innerText"
    assert "team=other" in tab.value(labels)
    tab.value(
        "(() => { const one = document.querySelector('[data-signal=dimension]'); one.value = 'label';"
        " one.dispatchEvent(new Event('change', {bubbles: true})) })()"
    )
    tab.until(f"!{labels}.includes('team=other')")


def test_examples_are_filtered_by_keyboard(tab: Page, calm: str) -> None:
    opened(tab, calm).until(DRAWN)
    assert tab.value(f"{SHOWN}.length") == 20
    total = tab.value(f"{ARTICLES}.length")
    assert tab.value("document.querySelector('#examples-shown').value").endswith(f"{total} on this page")
    choose(tab, "outcome", "both")
    tab.until(f"{SHOWN}.every(one => one.dataset.base === 'both_wrong') && {SHOWN}.length === 8")
    choose(tab, "text", "0000073")
    tab.until(f"{SHOWN}.length === 1")
    choose(tab, "text", " nothing has this")
    tab.until(f"{SHOWN}.length === 0")
    assert tab.value("document.querySelector('#examples-shown').value").startswith("0 of 0 matching")


def test_more_examples_come_at_the_press_of_a_key(tab: Page, calm: str) -> None:
    opened(tab, calm).until(DRAWN)
    tab.value("document.querySelector('#examples-more').focus()")
    tab.call("Input.dispatchKeyEvent", type="char", text="\r")
    tab.until(f"{SHOWN}.length > 20")


def test_without_scripts_every_example_and_table_is_there(tab: Page, calm: str) -> None:
    opened(tab, calm, script=False)
    assert tab.value(f"{SHOWN}.length === {ARTICLES}.length && {SHOWN}.length > 20")
    assert tab.value("document.querySelector('#example-filter').checkVisibility()") is False
    assert tab.value("document.querySelector('#plot-scores').checkVisibility()") is False
    assert "tables hold the same figures" in tab.value("document.body.innerText")
    assert tab.value(SIDEWAYS) == 0


def test_colours_follow_the_reader_into_the_night(tab: Page, calm: str) -> None:
    fill = "getComputedStyle(document.querySelector('#plot-scores path[aria-roledescription=point]')).fill"
    opened(tab, calm).until(DRAWN)
    day = tab.value(fill)
    opened(tab, calm, dark=True).until(DRAWN)
    assert tab.value(fill) != day


def test_paper_is_white_even_at_night_and_shows_what_was_folded(tab: Page, calm: str) -> None:
    opened(tab, calm, dark=True).until(DRAWN)
    tab.call("Page.printToPDF")
    assert tab.value("[...document.querySelectorAll('details')].every(one => one.open)")
    night = [{"name": "prefers-color-scheme", "value": "dark"}]
    tab.call("Emulation.setEmulatedMedia", media="print", features=night)
    ink, card = tab.value(
        "[getComputedStyle(document.body).color, getComputedStyle(document.querySelector('figure')).backgroundColor]"
    )
    tab.call("Emulation.setEmulatedMedia", media="")
    assert (ink, card) == ("rgb(29, 33, 38)", "rgb(255, 255, 255)")


def test_a_page_of_many_rows_is_usable(tab: Page, tmp_path: Path) -> None:
    file = tmp_path / "large.html"
    file.write_text(render_report(report(rows=5000)), encoding="utf-8")
    opened(tab, file.as_uri(), width=390).until(DRAWN)
    assert tab.value(SIDEWAYS) == 0
    assert tab.value(f"{SHOWN}.length") == 20
    assert tab.value("document.querySelectorAll('*').length") < 12000
