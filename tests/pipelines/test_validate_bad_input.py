"""`retune validate` and bad input: every kind has a code, a place and a next step, and leaves nothing behind."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from benchmarks import giant_line
from components.errors import ExitCode, RetuneError
from pipelines.cli.main import app

MEMORY_FOR_ANY_LINE = 250 << 20


def line(prompt: str) -> bytes:
    turns = [{"role": "user", "parts": [{"text": prompt}]}, {"role": "model", "parts": [{"text": "yes"}]}]
    return json.dumps({"contents": turns}).encode() + b"\n"


LINES = b"".join(line(f"question {number}") for number in range(100))


def run(*words: object, given: bytes = b"") -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], input=given, catch_exceptions=False)


BAD_FILES = {
    "empty": (b"", "DATA-FILE-EMPTY", "write the examples"),
    "white space": (b" \n\t\r\n", "DATA-FILE-EMPTY", "write the examples"),
    "gzip": (gzip.compress(LINES), "DATA-FILE-COMPRESSED", "unpack"),
    "truncated gzip": (gzip.compress(LINES)[:-30], "DATA-FILE-COMPRESSED", "unpack"),
    "binary": (bytes(range(256)) * 40, "DATA-FILE-BINARY", "JSONL"),
    "Parquet": (b"PAR1" + bytes(range(200)), "DATA-FILE-BINARY", "retune convert"),
    "UTF-16": (LINES.decode().encode("utf-16"), "DATA-FILE-BINARY", "UTF-8"),
    "CSV": (b"question,label\nwhere?,card\n" * 3, "DATA-FILE-TABLE", "retune convert"),
    "an array": (b"[" + LINES.replace(b"\n", b",\n")[:-2] + b"]", "DATA-FILE-ARRAY", "jq"),
    "prose": (b"This is no JSON at all.\n", "DATA-JSON", "→"),
}


@pytest.mark.parametrize("source", ["file", "standard input"])
@pytest.mark.parametrize(("data", "code", "remedy"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_has_code_place_and_remedy(tmp_path: Path, source: str, data: bytes, code: str, remedy: str) -> None:
    train = tmp_path / "train.jsonl"
    train.write_bytes(data)
    shown = run("validate", train) if source == "file" else run("validate", "-", given=data)
    assert shown.exit_code == int(ExitCode.DATASET_INVALID)
    assert code in shown.stdout
    assert ("train.jsonl" if source == "file" else "standard input") in shown.stdout
    assert remedy in " ".join(shown.stdout.split())
    assert list(tmp_path.iterdir()) == [train]


def test_standard_input_has_the_findings_of_the_file(tmp_path: Path) -> None:
    train = tmp_path / "train.jsonl"
    train.write_bytes(LINES + b"broken\n" + line("question 3").rstrip(b"\n"))
    from_file = json.loads(run("validate", train, "--json").stdout)
    piped = json.loads(run("validate", "-", "--json", given=train.read_bytes()).stdout)
    assert [one["line"] for one in piped["examples"]] == [101, 102]
    assert {one["file"] for one in piped["examples"]} == {"standard input"}
    for report in (from_file, piped):
        report["splits"]["train"]["file"] = ""
        for one in report["examples"]:
            one["file"] = one["other"] = ""
    assert piped == from_file


@pytest.mark.parametrize("name", ["missing.jsonl", "folder", "*.jsonl"])
def test_what_is_no_file_is_said_before_anything_is_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(RetuneError, match="CONFIG-NO-FILE") as caught:
        run("validate", tmp_path / name, "--json", "--output", tmp_path / "report.json")
    assert caught.value.where == str(tmp_path / name)
    assert caught.value.next_step
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_the_right_to_read_it(tmp_path: Path) -> None:
    train = tmp_path / "train.jsonl"
    train.write_bytes(LINES)
    train.chmod(0)
    shown = run("validate", train)
    assert shown.exit_code == int(ExitCode.DATASET_INVALID)
    assert "DATA-FILE-MISSING" in shown.stdout
    assert "permission denied" in shown.stdout


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_bytes(LINES + b"broken\n")
    (tmp_path / "validation.jsonl").write_bytes(gzip.compress(LINES))
    (tmp_path / "test.jsonl").write_bytes(line("question 7"))
    report = json.loads(run("validate", *sorted(tmp_path.iterdir()), "--json").stdout)
    assert report["findings"].keys() >= {"DATA-JSON", "DATA-FILE-COMPRESSED", "DATA-LEAK-TEST"}
    assert report["splits"]["train"]["rows"] == 101


@pytest.mark.parametrize("workers", [1, 2])
def test_a_single_line_of_a_gigabyte_takes_no_gigabyte(tmp_path: Path, workers: int) -> None:
    """`python -m benchmarks.giant_line` does the same with 10 GB."""
    path, report = tmp_path / "line.jsonl", tmp_path / "report.json"
    giant_line.write(path, 1_000_000_000)
    peak = giant_line.validated(path, workers, report).peak
    path.unlink()
    assert peak < MEMORY_FOR_ANY_LINE
    assert json.loads(report.read_bytes())["findings"]["DATA-LINE-SIZE"] == 1
