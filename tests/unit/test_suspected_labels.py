"""Planted wrong labels are ranked first, and an expert's decisions are applied to exactly those lines."""

from __future__ import annotations

import csv
import io
import json
import random
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from components.dataset_validation.suspected_labels.labelled import Labelled
from components.dataset_validation.suspected_labels.rank import Suspect, rank_suspects
from components.dataset_validation.suspected_labels.review_file import read_decisions, write_review
from components.errors import RetuneError
from pipelines.cli.main import app

WORDS = {
    "refund": "money back refund return charge twice reimbursed paid amount wrong",
    "delivery": "parcel courier late shipping address arrive tracking box delivered door",
    "account": "password login email account locked reset profile sign verify username",
}


def examples(count: int = 240, planted: int = 8) -> tuple[list[Labelled], set[int]]:
    generator = random.Random(3)
    wrong = set(generator.sample(range(count), planted))
    made = []
    for number in range(count):
        label = list(WORDS)[number % 3]
        text = " ".join(
            generator.choices(WORDS[label].split(), k=7) + generator.choices(["the", "my", "is", "to", "a"], k=4)
        )
        given = list(WORDS)[(number + 1) % 3] if number in wrong else label
        made.append(Labelled("train.jsonl", number + 1, "", text, given))
    return made, wrong


def line(text: str, answer: str) -> str:
    turns = [{"role": "user", "parts": [{"text": text}]}, {"role": "model", "parts": [{"text": answer}]}]
    return json.dumps({"contents": turns}, separators=(", ", ":"))


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def test_planted_wrong_labels_are_found_and_the_right_ones_suggested() -> None:
    made, wrong = examples()
    ranking = rank_suspects(made, folds=4, seed=1)
    top = [one.example.line - 1 for one in ranking.suspects[: len(wrong)]]
    assert len(wrong & set(top)) >= 0.6 * len(wrong)
    assert len(wrong & set(top)) >= 0.9 * len(top)
    assert all(one.suggested == list(WORDS)[(one.example.line - 1) % 3] for one in ranking.suspects[:5])
    assert len(ranking.suspects) < 3 * len(wrong)
    assert ranking == rank_suspects(made, folds=4, seed=1)


def test_rare_labels_are_not_judged_and_said_so() -> None:
    made, _ = examples(60, 0)
    rare = [Labelled("train.jsonl", 100 + n, "", "something else", "rare") for n in range(2)]
    ranking = rank_suspects([*made, *rare], folds=4, seed=1)
    assert (ranking.judged, ranking.rare_labels) == (60, ["rare"])


def test_a_text_that_looks_like_a_formula_is_written_as_text() -> None:
    one = Suspect(Labelled("=a.jsonl", 3, "d", '=HYPERLINK("x")', "-1"), "+2", 0.1)
    stream = io.BytesIO()
    write_review(stream, [one])
    (row,) = csv.DictReader(io.StringIO(stream.getvalue().decode(), newline=""))
    assert (row["text"], row["given"], row["file"]) == ('\'=HYPERLINK("x")', "'-1", "'=a.jsonl")
    row["decision"] = "suggested"
    edited = io.StringIO(newline="")
    writer = csv.DictWriter(edited, row)
    writer.writeheader()
    writer.writerow(row)
    (decision,) = read_decisions(io.BytesIO(edited.getvalue().encode()), "review.csv")
    assert (decision.file, decision.line, decision.label) == ("=a.jsonl", 3, "+2")


@pytest.fixture
def ranked(tmp_path: Path) -> tuple[Path, Path]:
    made, _ = examples()
    train, review = tmp_path / "train.jsonl", tmp_path / "suspects.csv"
    train.write_text("\n".join(line(one.text, one.label) for one in made) + "\n")
    assert run("suspects", "find", train, "--folds", 4, "--output", review).exit_code == 0
    return train, review


def decide(review: Path, *decisions: str) -> list[dict[str, str]]:
    rows = list(csv.DictReader(io.StringIO(review.read_text(), newline="")))
    for row, decision in zip(rows, decisions, strict=False):
        row["decision"] = decision
    with review.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return rows


def test_decisions_change_exactly_their_lines(ranked: tuple[Path, Path], tmp_path: Path) -> None:
    train, review = ranked
    rows = decide(review, "suggested", "drop", "keep", "special")
    before = train.read_text().splitlines()
    shown = run("suspects", "apply", review, train, "-o", tmp_path / "out")
    assert "2 label(s) changed, 1 example(s) dropped" in shown.stdout
    after = (tmp_path / "out" / "train.jsonl").read_text().splitlines()
    first, second, _, fourth = (int(row["line"]) for row in rows[:4])
    expected = {number: text for number, text in enumerate(before, start=1) if number != second}
    changed = dict(zip(expected, after, strict=True))
    assert {number for number in expected if expected[number] != changed[number]} == {first, fourth}
    assert json.loads(changed[first])["contents"][1]["parts"] == [{"text": rows[0]["suggested"]}]
    assert json.loads(changed[fourth])["contents"][1]["parts"] == [{"text": "special"}]


def test_a_line_that_changed_meanwhile_is_refused(ranked: tuple[Path, Path], tmp_path: Path) -> None:
    train, review = ranked
    decide(review, "drop")
    train.write_text("\n" + train.read_text())
    with pytest.raises(RetuneError, match="DATA-REVIEW-STALE"):
        run("suspects", "apply", review, train, "-o", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_labels_in_a_field(tmp_path: Path) -> None:
    made, _ = examples(120, 4)
    train = tmp_path / "train.jsonl"
    train.write_text("\n".join(line(one.text, json.dumps({"queue": one.label, "n": one.line})) for one in made))
    with pytest.raises(RetuneError, match="DATA-LABELS"):
        run("suspects", "find", train)
    shown = json.loads(run("suspects", "find", train, "--label-field", "queue", "--folds", 4, "--json").stdout)
    assert shown["judged"] == 120
    assert shown["suspects"]


def test_a_list_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RetuneError, match="DATA-REVIEW-FILE"):
        read_decisions(io.BytesIO(b"a,b\n1,2\n"), "review.csv")


def test_without_its_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cleanlab.filter", None)
    with pytest.raises(RetuneError, match="SUSPECTS-EXTRA") as refused:
        rank_suspects([], folds=2, seed=0)
    assert "retune[suspects]" in refused.value.next_step
