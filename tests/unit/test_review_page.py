"""The page on which people compare answers, in Chromium: by keyboard, from a file, without a request."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from components.evaluation.rating.page import ShownPair, render_page
from components.evaluation.rating.ratings_file import read_ratings_file
from tests.chromium import CHROMIUM, FLAGS

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

RUN = "document.documentElement.dataset.ran='yes'"
HOSTILE = (
    f'<script>{RUN}</script></style></title><img src=x onerror="{RUN}"><svg onload="{RUN}">'
    f"<!-- ]]> \"' onmouseover={RUN} --></script><script>{RUN}</script>\x00\x07\u202e\u2028"
)
# Presses keys and writes what became of it where --dump-dom shows it; `file` is what would be saved.
DRIVER = """<script>
addEventListener("load", () => {
  let file = "";
  URL.createObjectURL = blob => { blob.text().then(text => { file = text; }); return "data:,"; };
  HTMLAnchorElement.prototype.click = function () { document.body.dataset.name = this.download; };
  const press = key => document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const seen = [];
  for (const key of KEYS) {
    if (key.startsWith("name:")) { document.getElementById("rater").value = key.slice(5); continue; }
    press(key);
    seen.push(document.getElementById("progress").textContent);
  }
  const root = document.documentElement;
  document.body.dataset.overflow = root.scrollWidth - root.clientWidth;
  document.body.dataset.requests = performance.getEntriesByType("resource").length;
  document.body.dataset.executable = document.querySelectorAll("iframe, img, svg, [onerror], [onload]").length;
  document.body.dataset.seen = JSON.stringify(seen);
  document.body.dataset.screen = [...document.querySelectorAll("main")].find(main => !main.hidden).id;
  document.body.dataset.left = document.querySelector("#left .answer").textContent;
  document.body.dataset.stored = JSON.stringify(Object.keys(localStorage).filter(key => key.includes("REVIEW")).sort());
  setTimeout(() => { document.body.dataset.file = file; }, 100);
});
</script>"""


def pairs(count: int = 4) -> list[ShownPair]:
    turns = [("instruction", "Answer politely."), ("user", f"Where is my card? {HOSTILE}")]
    return [ShownPair(f"p{n}", turns, HOSTILE, f"left {n} {HOSTILE}", "right " * 200) for n in range(count)]


def drive(folder: Path, *keys: str, width: int = 1000, review: str = "r1", count: int = 4) -> dict[str, Any]:
    """What the page shows after these keys; `name:X` types a name. The profile stays, as a browser's does."""
    driver = DRIVER.replace("KEYS", json.dumps(keys)).replace("REVIEW", review)
    page = render_page(review, HOSTILE, pairs(count)).replace("</body>", f"{driver}</body>")
    path = folder / "review.html"
    path.write_text(page, encoding="utf-8")
    command = [
        str(CHROMIUM),
        *FLAGS,
        f"--window-size={width},800",
        "--virtual-time-budget=3000",
        "--dump-dom",
        f"--user-data-dir={folder / 'profile'}",
        path.as_uri(),
    ]
    shown = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()
    body = re.search(r"<body([^>]*)>", shown)
    assert body is not None
    assert 'data-ran="yes"' not in shown[: shown.index("<body")]
    return {name: html.unescape(value) for name, value in re.findall(r'data-(\w+)="([^"]*)"', body[1])}


def test_experts_rate_by_keyboard_and_save_a_file_that_can_be_imported(tmp_path: Path) -> None:
    seen = drive(tmp_path, "name: Ada  Lovelace ", "Enter", "ArrowLeft", "2", "z", "t", "p", "s", "n", "b", "5", "d")
    progress = json.loads(seen["seen"])
    assert progress[0] == "1 of 4, 0 rated"
    assert progress[2] == "3 of 4, 2 rated"
    assert progress[3] == "2 of 4, 1 rated"
    assert progress[5] == "2 of 4, 2 rated"
    assert seen["screen"] == "end"
    assert seen["name"] == "ratings-r1-Ada-Lovelace.json"
    saved = read_ratings_file(seen["file"].encode(), "saved")
    assert saved.rater == "Ada Lovelace"
    assert saved.ratings == [("p0", "left"), ("p1", "skip"), ("p2", "skip"), ("p3", "both_bad")]
    assert seen["requests"] == "0"
    assert seen["executable"] == "0"


def test_what_was_chosen_is_there_when_the_page_is_opened_again(tmp_path: Path) -> None:
    drive(tmp_path, "name:Ada", "Enter", "1", "1")
    seen = drive(tmp_path, "Enter", "d")
    assert json.loads(seen["seen"])[0] == "3 of 4, 2 rated"
    assert json.loads(seen["stored"]) == ["retune-review:r1", "retune-review:r1:ada"]
    assert [one for _, one in read_ratings_file(seen["file"].encode(), "saved").ratings] == ["left", "left"]
    other = drive(tmp_path, "name:Bob", "Enter")
    assert json.loads(other["seen"])[0] == "1 of 4, 0 rated"


def test_hostile_texts_are_shown_as_texts_and_fit_a_phone(tmp_path: Path) -> None:
    seen = drive(tmp_path, "name:A", "Enter", width=500)
    assert seen["overflow"] == "0"
    assert seen["executable"] == "0"
    assert seen["screen"] == "rate"
    assert seen["left"].startswith("left 0 <script>")
    assert "\u202e" not in seen["left"]


def test_nobody_rates_without_a_name(tmp_path: Path) -> None:
    assert drive(tmp_path, "name:  ", "Enter", "1")["screen"] == "start"


def test_the_browser_itself_is_told_to_let_nothing_out() -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', render_page("r1", HOSTILE, pairs(1)))
    assert policy is not None
    allowed = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert allowed.pop("default-src") == allowed.pop("base-uri") == allowed.pop("form-action") == "'none'"
    assert allowed == {"style-src": "'unsafe-inline'", "script-src": "'unsafe-inline'"}
