"""Splits are leak-free, stratified, complete and the same for the same seed; repeated examples are taken out."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from components.dataset_validation.splitting.sides import Group, assign
from components.errors import RetuneError
from pipelines.cli.main import app

LABELS = ("refund", "delivery", "account")


def line(prompt: str, answer: str) -> str:
    turns = [{"role": "user", "parts": [{"text": prompt}]}, {"role": "model", "parts": [{"text": answer}]}]
    return json.dumps({"contents": turns})


def prompt(number: int, changed: str = "") -> str:
    generator = random.Random(number)
    return " ".join(f"w{generator.randrange(5000)}" for _ in range(20)) + changed


def dataset(folder: Path, order: int = 0) -> Path:
    lines = [line(prompt(number), LABELS[number % 3]) for number in range(300)]
    lines += [line(prompt(number, " please"), LABELS[number % 3]) for number in range(0, 60)]
    lines += [line(prompt(number).upper(), LABELS[number % 3]) for number in range(60, 90)]
    random.Random(order).shuffle(lines)
    path = folder / f"all{order}.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def sides(folder: Path) -> dict[str, list[str]]:
    return {path.stem: path.read_text().splitlines() for path in sorted(folder.glob("*.jsonl"))}


def test_every_line_is_on_one_side_and_near_prompts_together(tmp_path: Path) -> None:
    path = dataset(tmp_path)
    assert run("split", path, "-o", tmp_path / "out", "--seed", 3).exit_code == 0
    split = sides(tmp_path / "out")
    assert sorted(one for lines in split.values() for one in lines) == sorted(path.read_text().splitlines())
    where = {json.loads(one)["contents"][0]["parts"][0]["text"]: side for side, lines in split.items() for one in lines}
    assert all(where[prompt(number)] == where[prompt(number, " please")] for number in range(60))
    assert all(where[prompt(number)] == where[prompt(number).upper()] for number in range(60, 90))
    for side in ("test", "validation"):
        counts = Counter(json.loads(one)["contents"][1]["parts"][0]["text"] for one in split[side])
        assert all(11 <= counts[label] <= 15 for label in LABELS), counts


def test_order_does_not_matter_and_the_seed_does(tmp_path: Path) -> None:
    for order, seed, name in ((0, 1, "a"), (9, 1, "b"), (0, 2, "c")):
        run("split", dataset(tmp_path, order), "-o", tmp_path / name, "--seed", seed)
    first, shuffled, other = (
        {side: set(lines) for side, lines in sides(tmp_path / name).items()} for name in ("a", "b", "c")
    )
    assert first == shuffled
    assert first["test"] != other["test"]


def test_nothing_is_written_over_by_accident(tmp_path: Path) -> None:
    path, out = dataset(tmp_path), tmp_path / "out"
    run("split", path, "-o", out)
    before = sides(out)
    with pytest.raises(RetuneError, match="CONFIG-FILE-EXISTS"):
        run("split", path, "-o", out, "--seed", 5)
    assert sides(out) == before
    assert run("split", path, "-o", out, "--seed", 5, "--force").exit_code == 0


def test_a_line_with_an_error_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    path = dataset(tmp_path)
    path.write_text(path.read_text() + '{"contents": []}\n')
    with pytest.raises(RetuneError, match=r"DATA-SPLIT.*all0.jsonl:391"):
        run("split", path, "-o", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_labels_in_a_field_of_json_answers(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    answers = [json.dumps({"queue": "rare" if number % 10 == 0 else "usual", "n": number}) for number in range(200)]
    path.write_text("\n".join(line(prompt(number), answer) for number, answer in enumerate(answers)))
    shown = run("split", path, "-o", tmp_path / "out", "--label-field", "queue", "--json")
    assert json.loads(shown.stdout)["labels"]["rare"] == {"train": 16, "validation": 2, "test": 2}


@given(
    st.lists(
        st.tuples(st.integers(0, 2**64 - 1), st.sampled_from("abc"), st.integers(1, 5)), unique_by=lambda one: one[0]
    ),
    st.integers(0, 5),
)
@settings(max_examples=200)
def test_sides_have_their_size(groups: list[tuple[int, str, int]], seed: int) -> None:
    members = [Group(*one) for one in groups]
    assigned = assign(members, {"validation": 0.2, "test": 0.3}, seed)
    rows = sum(group.size for group in members)
    for side, share in (("validation", 0.2), ("test", 0.3)):
        size = sum(group.size for group, at in zip(members, assigned, strict=True) if at == side)
        assert size <= share * rows + 3
    assert assigned == assign(members, {"validation": 0.2, "test": 0.3}, seed)


def test_dedupe_keeps_the_first_line_as_it_is(tmp_path: Path) -> None:
    path, out = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    spaced = line("one two three", "x").replace(":", ":  ")
    path.write_text("\n".join([line("one two three", "x"), line("one two three", "y"), spaced, "broken"]))
    shown = run("dedupe", path, "-o", out, "--json")
    assert [removed["line"] for removed in json.loads(shown.stdout)["removed"]] == [3]
    assert out.read_text().splitlines() == [line("one two three", "x"), line("one two three", "y"), "broken"]
    run("dedupe", path, "-o", out, "--keep-last", "--force")
    assert out.read_text().splitlines() == [line("one two three", "y"), spaced, "broken"]


def test_dedupe_near_takes_only_those_with_the_same_answer(tmp_path: Path) -> None:
    path, out = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    lines = [line(prompt(1), "x"), line(prompt(1, " please"), "x"), line(prompt(1, " now"), "y"), line(prompt(2), "x")]
    path.write_text("\n".join(lines))
    run("dedupe", path, "-o", out, "--near")
    assert out.read_text().splitlines() == [lines[0], lines[2], lines[3]]


def test_dedupe_dry_run_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join([line("one", "x")] * 3))
    shown = run("dedupe", path, "--dry-run", "-o", tmp_path / "b.jsonl")
    assert "2 of 3 example(s) would be removed" in shown.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["a.jsonl"]
