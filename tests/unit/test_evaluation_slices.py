from __future__ import annotations

import json

import numpy as np
import pytest

from components.errors import RetuneError
from components.evaluation.dimensions import dimensions_of, read_side_file
from components.evaluation.requests import TestExample, load_test_examples
from components.evaluation.slices import compare_slices, slice_masks, worst_first

GERMAN = "Guten Tag, ich habe seit gestern ein Problem mit meiner Rechnung und brauche bitte Hilfe."
ENGLISH = "Good morning, since yesterday I have a problem with my invoice and would like some help please."


def example(prompt: str, answer: str = "yes", *, system: str = "", image: bool = False, earlier: int = 0) -> bytes:
    parts = [{"fileData": {"mimeType": "image/png", "fileUri": "gs://b/i"}}] if image else []
    turns = [{"role": role, "parts": [{"text": "earlier"}]} for _ in range(earlier) for role in ("user", "model")]
    turns.append({"role": "user", "parts": [*parts, {"text": prompt}]})
    turns.append({"role": "model", "parts": [{"text": answer}]})
    line = {"contents": turns}
    if system:
        line["systemInstruction"] = {"parts": [{"text": system}]}  # type: ignore[assignment]
    return json.dumps(line).encode()


def loaded(*lines: bytes) -> list[TestExample]:
    return load_test_examples(lines, seed=1)


def test_examples_are_told_apart_by_language_instruction_turns_modality_and_length() -> None:
    found = dimensions_of(
        loaded(
            example(GERMAN, "ja"),
            example(ENGLISH, "no", system="Be brief."),
            example("short", "Ja ", image=True),
            example("x" * 50, "no", earlier=2),
        ),
        "label",
    )
    assert found["label"] == ["ja", "no", "ja", "no"]
    assert found["language"][:3] == ["de", "en", ""]
    assert found["system_instruction"][0] == "none"
    assert len(found["system_instruction"][1]) == 8
    assert "Be brief" not in str(found)
    assert found["turns"] == ["1", "1", "1", "5"]
    assert found["modality"] == ["text", "text", "image+text", "text"]
    assert found["input_length"][2].startswith("up to")


def test_structured_references_are_told_apart_by_their_labels() -> None:
    lines = [example("q", json.dumps({"team": "ab"[number % 2], "id": str(number)})) for number in range(12)]
    found = dimensions_of(loaded(*lines), "structured")
    assert found["team"] == ["a", "b"] * 6
    assert "id" not in found


def test_fields_of_a_side_file_are_dimensions() -> None:
    lines = [
        json.dumps({"tier": "gold" if n % 2 else "free", "age": n, "vip": n > 15, "note": None}) for n in range(20)
    ]
    fields = read_side_file([line.encode() for line in lines], 20, "side.jsonl")
    found = dimensions_of(loaded(*[example(f"question {number}") for number in range(20)]), "text", fields)
    assert found["tier"][:2] == ["free", "gold"]
    assert found["vip"][0] == "False"
    assert set(found["age"]) == {"up to 4", "above 4 to 9", "above 9 to 14", "above 14"}
    assert set(found["note"]) == {""}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([b'{"a": 1}'], "1 lines for 2"),
        ([b'{"a": 1}', b"[1]"], "no JSON object"),
        ([b'{"a": {}}', b"{}"], "no JSON object"),
    ],
)
def test_a_side_file_that_does_not_fit_is_refused(lines: list[bytes], said: str) -> None:
    with pytest.raises(RetuneError, match="EVAL-SIDE-FILE") as caught:
        read_side_file(lines, 2, "side.jsonl")
    assert said in caught.value.message
    assert "side.jsonl" in caught.value.where


def test_slices_are_compared_on_their_own_rows_and_the_surely_worst_comes_first() -> None:
    masks = slice_masks({"kind": ["a"] * 60 + ["b"] * 30 + ["c"] * 9 + [""], "same": ["x"] * 100})
    assert {name: int(mask.sum()) for name, mask in masks.items()} == {"kind=a": 60, "kind=b": 30}
    ours = np.concatenate([np.ones(60), np.zeros(40)])
    theirs = np.concatenate([np.zeros(30), np.ones(70)])
    found = compare_slices(masks, {"f": (ours, theirs)}, "base", "exact_match", "higher", 0.95)
    assert [one.name for one in worst_first(found)] == ["kind=b", "kind=a"]
    worst = worst_first(found)[0]
    assert (worst.score, worst.baseline_score, worst.rows) == (0.0, 1.0, 30)
    assert worst.at_once.low <= worst.difference.low <= worst.difference.mean <= worst.difference.high
    assert worst.difference.high < worst.at_once.high < 0


def test_rows_without_a_score_are_left_out_of_a_slice() -> None:
    masks = slice_masks({"kind": ["a"] * 20 + ["b"] * 20})
    ours = np.full(40, 0.5)
    ours[:15] = np.nan
    found = compare_slices(masks, {"f": (ours, np.full(40, 0.25))}, "base", "judge:x", "higher", 0.95)
    assert [(one.name, one.rows) for one in found] == [("kind=b", 20)]
    # All differences are alike: the interval is what twenty such rows exclude, not a point.
    assert found[0].difference.low < 0.25 < found[0].difference.high
