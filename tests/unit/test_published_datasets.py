"""Files that others published: each is named for what it is, banking77's faults are counted as plain Python does."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.dataset_validation.checks.limits import strictest_limits
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.lines.data_file import local_file
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.validator import validate_dataset
from pipelines.catalogue import catalogue

SHARED = Path(__file__).parents[3] / "shared" / "data"
WILD, BANKING77 = SHARED / "wild", SHARED / "banking77"


def validated(**paths: Path) -> DatasetReport:
    limits = strictest_limits({"gemini-2.5-flash": catalogue({})["gemini-2.5-flash"]})
    return validate_dataset(
        {split: [local_file(path, split)] for split, path in paths.items()}, ValidationSettings(), limits
    )


@pytest.mark.skipif(not WILD.is_dir(), reason="the published files are not beside the checkout")
@pytest.mark.parametrize(
    ("name", "rows", "findings", "remedy"),
    [
        ("azure_openai_chat_ja_train", 63, {"DATA-FORMAT-OPENAI-CHAT": 63, "DATA-TOO-FEW": 1}, "retune convert"),
        ("taxgpt_prompt_completion", 65, {"DATA-FORMAT-COMPLETION": 65, "DATA-TOO-FEW": 1}, "retune convert"),
        ("palm_text_bison_docs_example", 2, {"DATA-FORMAT-PALM": 2, "DATA-TOO-FEW": 1}, "retune convert"),
        ("google_glucose_example", 1, {"DATA-TOO-FEW": 1}, ""),
    ],
)
def test_a_published_file_is_named_for_what_it_is(name: str, rows: int, findings: dict[str, int], remedy: str) -> None:
    report = validated(train=WILD / f"{name}.jsonl")
    assert dict(report.counts) == findings
    assert report.splits["train"].rows == rows
    assert report.is_valid == (not remedy)
    errors = [one for one in report.findings if one.severity == "error"]
    assert [one.line for one in errors] == (list(range(1, min(rows, 20) + 1)) if remedy else [])
    assert all(remedy in one.remedy for one in errors)


def texts(path: Path) -> Iterator[tuple[str, str, str]]:
    """System instruction, prompt and answer of lines of one question and one answer."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            example = json.loads(line)
            asked, answered = example["contents"]
            yield tuple(one["parts"][0]["text"] for one in (example["systemInstruction"], asked, answered))  # type: ignore[misc]


def plain(prompt: str) -> str:
    return "".join(unicodedata.normalize("NFKC", prompt).casefold().split())


@pytest.mark.skipif(not BANKING77.is_dir(), reason="the banking77 data is not beside the checkout")
def test_banking77_has_the_leaks_and_duplicates_that_plain_python_counts() -> None:
    paths = {split: BANKING77 / f"{split}.jsonl" for split in ("train", "validation", "test")}
    report = validated(**paths)
    rows = {split: list(texts(path)) for split, path in paths.items()}
    prompts = {split: Counter(plain(prompt) for _, prompt, _ in found) for split, found in rows.items()}
    counted: Counter[str] = Counter()
    for found in rows.values():
        answers: dict[tuple[str, str], set[str]] = {}
        for system, prompt, answer in found:
            before = answers.setdefault((system, prompt), set())
            counted["DATA-DUPLICATE"] += answer in before
            counted["DATA-CONFLICT"] += bool(before) and answer not in before
            before.add(answer)
    for split, other, code in (
        ("test", "train", "DATA-LEAK-TEST"),
        ("test", "validation", "DATA-LEAK-TEST"),
        ("validation", "train", "DATA-LEAK-VALIDATION"),
    ):
        counted[code] += sum(count for prompt, count in prompts[split].items() if prompt in prompts[other])
    found_codes = ("DATA-DUPLICATE", "DATA-CONFLICT", "DATA-LEAK-TEST", "DATA-LEAK-VALIDATION")
    assert {code: report.counts.get(code, 0) for code in found_codes} == {code: counted[code] for code in found_codes}
    assert counted["DATA-LEAK-TEST"] > 0
    assert {split: (facts.rows, facts.valid) for split, facts in report.splits.items()} == {
        "train": (9238, 9238),
        "validation": (765, 765),
        "test": (3080, 3080),
    }
    assert report.splits["train"].distinct_answers == len({answer for _, _, answer in rows["train"]}) == 77
