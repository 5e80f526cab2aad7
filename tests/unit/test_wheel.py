"""The wheel has what the checkout has, and the reader in C works from it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("components", "pipelines", "local_vertex")
LEFT_OUT = {".c", ".h", ".md", ".pyc", ".so"}
READ = """
from components.dataset_validation.lines.native import plain_lines
print(plain_lines.__file__, plain_lines.read_lines(b"{}"))
"""


def build(folder: Path, **environment: str) -> Path:
    """A wheel, built as the Dockerfile does from what it copies."""
    source = folder / "source"
    ignore = shutil.ignore_patterns("__pycache__", "*.so")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=ignore)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-build-isolation", str(source), "--wheel-dir", str(folder)]
    subprocess.run(
        command, check=True, env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), **environment}
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_the_wheel_has_every_file_and_the_reader_in_c(tmp_path: Path) -> None:
    wheel = zipfile.ZipFile(build(tmp_path))
    files = {str(path.relative_to(ROOT)) for name in PACKAGES for path in (ROOT / name).rglob("*.*") if path.is_file()}
    packed = {name for name in wheel.namelist() if name.startswith(PACKAGES)}
    compiled = {name for name in packed if name.endswith(".so")}
    assert packed - compiled == {name for name in files if Path(name).suffix not in LEFT_OUT}
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler, so the rest is not there to be tested")
    wheel.extractall(tmp_path / "installed")
    done = subprocess.run(
        [sys.executable, "-c", READ], cwd=tmp_path / "installed", capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(tmp_path / "installed" / name) for name in compiled] + ["[b'{}']"]


def test_without_a_compiler_the_wheel_has_everything_else(tmp_path: Path) -> None:
    packed = zipfile.ZipFile(build(tmp_path, CC="false")).namelist()
    assert "components/dataset_validation/lines/read_block.py" in packed
    assert not [name for name in packed if name.endswith(".so")]
