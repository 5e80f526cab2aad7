"""checkov finds nothing in the Terraform files but what has a reason beside its skip."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from docs.terraform_tables import TERRAFORM


def test_checkov_finds_nothing() -> None:
    if not shutil.which("checkov"):
        pytest.skip("checkov is not installed; too large for the lock: `pipx install checkov` puts it on the PATH")
    command = ["checkov", "--directory", str(TERRAFORM), "--framework", "terraform", "--skip-download", "--quiet"]
    done = subprocess.run([*command, "--compact"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_skip_has_its_reason() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(TERRAFORM.rglob("*.tf")))
    skips = re.findall(r"#checkov:skip=(.*)", text)
    assert skips
    assert all(re.fullmatch(r"CKV2?_GCP_\d+:\w.{20,}", skip) for skip in skips)
