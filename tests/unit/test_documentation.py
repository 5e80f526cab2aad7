"""Generated pages are up to date, and the README's promises about commands hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.errors import ExitCode
from docs.generate import pages

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_page_is_up_to_date(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


def test_links_between_documents_lead_somewhere() -> None:
    documents = [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("*/**/README.md"),
    ]
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        if ".venv" not in document.parts
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []


def test_every_exit_code_is_documented() -> None:
    text = (ROOT / "docs" / "exit_codes.md").read_text(encoding="utf-8")
    assert all(f"| {int(code)} |" in text for code in ExitCode)


def test_the_lock_names_no_package_index() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--hash=sha256:" in text
