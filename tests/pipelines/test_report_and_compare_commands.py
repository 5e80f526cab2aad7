"""`retune report` and `retune compare` on folders of `retune evaluate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from components.errors import RetuneError
from local_vertex.server import RunningServer
from pipelines.cli.main import app
from tests.pipelines.test_evaluate_command import PROJECT, example

ROOT = Path(__file__).parents[2]


def output(*words: object) -> str:
    """What the command prints, or its error, which is raised."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def evaluated(folder: Path, name: str, lines: list[str], *models: str) -> Path:
    """The folder of an evaluation of these lines."""
    file = folder / f"{name}.jsonl"
    file.write_text("\n".join(lines))
    named = [word for model in models for word in ("--model", model)]
    output("evaluate", file, "--project", PROJECT, "--output", folder / name, *named)
    return next(path.parent for path in (folder / name).glob("*/evaluation.json"))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> list[Path]:
    folder = tmp_path_factory.mktemp("evaluations")
    server: RunningServer = request.getfixturevalue("server")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment().items():
            patch.setenv(name, value)
        lines = [example(number) for number in range(40)]
        both = evaluated(folder, "both", lines, "gemini-2.5-flash", "gemini-2.5-flash-lite")
        moved = evaluated(folder, "moved", [example(50), *lines[30:], *lines[:10]], "gemini-2.5-flash-lite")
        other = evaluated(folder, "other", [example(number) for number in range(60, 90)], "gemini-2.5-flash")
    return [both, moved, other]


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


def test_the_report_of_a_folder_is_written_again_to_the_same_bytes(folders: list[Path]) -> None:
    both = folders[0]
    page = (both / "report.html").read_bytes()
    (both / "report.html").unlink()
    assert f"report  {both}/report.html" in output("report", both)
    assert (both / "report.html").read_bytes() == page
    assert output("report", both, "--output", "-").encode() == page
    output("report", both, "--output", both / "summary.md")
    assert "| exact\\_match | Candidate 1 | base |" in (both / "summary.md").read_text()


def test_json_keeps_to_the_published_schemas(folders: list[Path]) -> None:
    both, moved, _ = folders
    record = json.loads(output("report", both, "--json"))
    jsonschema.validate(record, schema("report"))
    assert record["evaluation"]["rows"] == 40
    jsonschema.validate(json.loads(output("compare", f"{both}#base", moved, "--json")), schema("evaluation"))
    stored = json.loads((both / "evaluation.json").read_text())
    jsonschema.validate(stored, schema("evaluation"))


def test_two_models_of_one_evaluation_compare_as_they_did_there(folders: list[Path]) -> None:
    both = folders[0]
    compared = json.loads(output("compare", f"{both}#base", f"{both}#candidate", "--json"))
    stored = json.loads((both / "evaluation.json").read_text())
    assert [one["difference"] for one in compared["comparisons"]] == [
        one["difference"] for one in stored["comparisons"]
    ]
    assert [one["p"] for one in compared["comparisons"]] == [one["p"] for one in stored["comparisons"]]


def test_runs_are_paired_on_the_lines_that_both_have_wherever_they_stand(folders: list[Path]) -> None:
    both, moved, _ = folders
    same = json.loads(output("compare", f"{both}#gemini-2.5-flash-lite", moved, "--json"))
    assert same["rows"] == 20
    assert {(one["wins"], one["losses"]) for one in same["comparisons"]} == {(0, 0)}
    assert [one["system"]["name"].rpartition(" (")[2] for one in same["systems"]] == [
        f"{both.name})",
        f"{moved.name})",
    ]
    page = both / "compared.html"
    shown = output("compare", both, moved, "--output", page)
    assert "20 test examples in common, of 40 and 21" in shown
    assert "Comparison of two runs" in page.read_text()
    with pytest.raises(RetuneError, match="CONFIG-FILE-EXISTS"):
        output("compare", both, moved, "--output", page)


def test_what_cannot_be_compared_or_shown_says_why(folders: list[Path], tmp_path: Path) -> None:
    both, _, other = folders
    with pytest.raises(RetuneError, match=r"COMPARE-ROWS.*40 and 30 test examples only 0 are the same"):
        output("compare", both, other)
    with pytest.raises(RetuneError, match="COMPARE-MODEL") as raised:
        output("compare", f"{both}#champion", both)
    assert raised.value.next_step.startswith("use one of gemini-2.5-flash, base, base 1, gemini-2.5-flash-lite, ")
    with pytest.raises(RetuneError, match="CONFIG-MISSING"):
        output("report", "no-such-run")
    with pytest.raises(RetuneError, match="RUN-EVALUATION"):
        output("report", tmp_path)
