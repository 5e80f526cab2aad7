"""The reader in C touches no memory that is not its own, whatever the line: its core runs under sanitizers."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from components.dataset_validation.lines import native
from components.dataset_validation.lines.exact_line import read_exactly
from tests.fuzz.lines import mutated_lines

SOURCES = Path(native.__file__).parent
CORE = ("json_string.c", "plain_line.c")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc") or pytest.skip("there is no C compiler")
    program = tmp_path_factory.mktemp("plain_lines") / "program"
    probe = program.with_name("probe.c")
    probe.write_text("int main(void) { return 0; }\n", encoding="utf-8")
    if subprocess.run([compiler, *SANITIZERS, probe, "-o", program], capture_output=True, check=False).returncode:
        pytest.skip("the C compiler has no sanitizers")
    main = Path(__file__).with_name("plain_lines_program.c")
    warnings = (
        "-std=gnu11",
        "-O1",
        "-g",
        "-Wall",
        "-Wextra",
        "-Wpedantic",
        "-Wconversion",
        "-Wno-sign-conversion",
        "-Werror",
    )
    sources = [SOURCES / name for name in CORE]
    command = [compiler, *warnings, *SANITIZERS, f"-I{SOURCES}", main, *sources, "-o", program]
    subprocess.run(command, check=True)
    return program


def accepted(program: Path, lines: list[bytes]) -> list[bool]:
    done = subprocess.run([program], input=b"\n".join(lines) + b"\n", capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return [one == ord("1") for one in done.stdout]


def test_mutated_lines_and_all_their_beginnings_are_read_within_their_memory(program: Path) -> None:
    lines = list(mutated_lines(41, 20_000))
    found = accepted(program, lines)
    assert len(found) == len(lines)
    assert sum(found) > 1000
    assert all(not read_exactly(line)[1] for line, one in zip(lines, found, strict=True) if one)
    beginnings = [line[:end] for line in lines[:200] for end in range(len(line))]
    assert len(accepted(program, beginnings)) == len(beginnings)


def test_a_byte_too_far_is_seen(program: Path, tmp_path: Path) -> None:
    source = (SOURCES / "json_string.c").read_text(encoding="utf-8")
    wrong = source.replace("while (at < end && is_ordinary(*at))", "while (is_ordinary(*at))")
    assert wrong != source
    (tmp_path / "json_string.c").write_text(wrong, encoding="utf-8")
    main = Path(__file__).with_name("plain_lines_program.c")
    command = ["cc", *SANITIZERS, f"-I{SOURCES}", main, tmp_path / "json_string.c", SOURCES / "plain_line.c"]
    subprocess.run([*command, "-o", tmp_path / "program"], check=True)
    with pytest.raises(AssertionError, match="heap-buffer-overflow"):
        accepted(tmp_path / "program", [b'{"contents":[{"role":"user","parts":[{"text":"abc'])
