"""What a report says, to machines and to people, and what it keeps to itself."""

from __future__ import annotations

import io
import json
from functools import partial
from pathlib import Path

import pytest
from pydantic import ValidationError
from rich.console import Console

from components.base_models.facts import Limits
from components.dataset_validation.findings.finding_log import KEPT_PER_RULE
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.findings.terminal import render
from components.dataset_validation.lines.data_file import DataFile, local_file
from components.dataset_validation.lines.tokens import estimate_tokens
from components.dataset_validation.settings import DatasetSettings, ValidationSettings
from components.dataset_validation.validator import validate_dataset
from components.errors import ExitCode
from components.settings import read_settings

LIMITS = Limits(
    tokens_per_example=131_072,
    max_train_bytes=1_000_000_000,
    max_examples_text=10_000_000,
    max_examples_multimodal=300_000,
    max_validation_share=0.3,
    validation_share_from=1000,
    older_max_validation_examples=(256, 5000),
    older_max_examples_text=(1_000_000,),
)
DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not beside the checkout")


def pair(prompt: str, answer: str) -> bytes:
    turns = [{"role": "user", "parts": [{"text": prompt}]}, {"role": "model", "parts": [{"text": answer}]}]
    return json.dumps({"contents": turns}).encode() + b"\n"


def check(settings: ValidationSettings | None = None, **files: bytes) -> DatasetReport:
    sources = {split: [DataFile(f"{split}.jsonl", partial(io.BytesIO, data))] for split, data in files.items()}
    return validate_dataset(sources, settings or ValidationSettings(), LIMITS)


def check_folder(folder: Path) -> DatasetReport:
    splits = ("train", "validation", "test")
    sources = {split: [local_file(folder / f"{split}.jsonl")] for split in splits}
    return validate_dataset(sources, ValidationSettings(), LIMITS)


def printed(report: DatasetReport) -> str:
    console = Console(width=80, file=io.StringIO(), highlight=False)
    render(report, console)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_one_broken_line_is_named_with_file_and_line() -> None:
    lines = [pair(f"question {number}", "yes") for number in range(1, 5001)]
    lines[3999] = lines[3999].replace(b'"model"', b'"assistant"')
    report = check(train=b"".join(lines))
    error = report.first_error()
    assert error is not None
    assert (error.code, error.where, error.exit_code) == ("DATA-ROLE", "train.jsonl:4000", ExitCode.DATASET_INVALID)
    assert error.next_step == "did you mean model?"
    assert "train.jsonl:4000" in printed(report)
    assert report.splits["train"].rows == 5000
    assert report.splits["train"].valid == 4999


def test_counts_are_exact_and_examples_capped() -> None:
    report = check(train=b"broken\n" * 1000 + pair("a", "b"))
    assert report.counts["DATA-JSON"] == 1000
    assert [finding.line for finding in report.errors] == list(range(1, KEPT_PER_RULE + 1))
    assert "999 more error(s)" in str(report.first_error())
    assert "995 more" in printed(report)


def test_a_valid_dataset_has_no_first_error() -> None:
    report = check(train=b"".join(pair(f"q {number}", "a") for number in range(100)))
    assert report.is_valid
    assert report.first_error() is None
    assert printed(report).startswith("The dataset is valid: 0 error(s), 0 warning(s)")


def test_severities_are_the_users() -> None:
    lines = b"".join(pair(f"q {number}", "a") for number in range(100)) + b"\n"
    assert not check(train=lines).is_valid
    assert check(ValidationSettings(severity={"DATA-BLANK-LINE": "warning"}), train=lines).is_valid
    assert check(ValidationSettings(severity={"DATA-BLANK-LINE": "off"}), train=lines).findings == []


def test_settings_refuse_unknown_codes_and_keys() -> None:
    with pytest.raises(ValidationError, match="did you mean DATA-LEAK-TEST"):
        read_settings(ValidationSettings, {"severity": {"DATA-LEAKTEST": "off"}})
    with pytest.raises(ValidationError):
        read_settings(ValidationSettings, {"severity": {"DATA-JSON": "fatal"}})
    with pytest.raises(ValidationError, match="cannot be changed"):
        read_settings(ValidationSettings, {"severity": {"DATA-FILE-COMPRESSED": "off"}})
    with pytest.raises(ValidationError):
        read_settings(DatasetSettings, {"train": "a", "test": "b", "tst": "c"})
    assert DatasetSettings(train="a", test="b").files() == {"train": "a", "test": "b"}


def test_facts_are_those_of_the_files() -> None:
    train = b"".join(pair(f"question {number}", "yes" if number % 3 else "no") for number in range(12)) + b"{}\n"
    facts = check(train=train).splits["train"]
    assert (facts.rows, facts.valid, facts.bytes) == (13, 12, len(train))
    assert facts.labels == {"yes": 8, "no": 4}
    assert facts.prompt_chars.max == len("question 11")
    assert facts.tokens == sum(
        estimate_tokens(f"question {number}" + ("yes" if number % 3 else "no")) for number in range(12)
    )
    assert facts.distinct_answers == 2


def test_labels_of_json_answers_are_counted_by_key() -> None:
    answers = [
        json.dumps({"category": "login" if number % 2 else "billing", "note": str(number)}) for number in range(80)
    ]
    report = check(train=b"".join(pair(f"q {number}", answer) for number, answer in enumerate(answers)))
    assert report.splits["train"].labels == {"category: billing": 40, "category: login": 40}


def test_neither_report_nor_terminal_quotes_examples() -> None:
    secret = "the-secret-text"
    broken = [
        pair(secret, f"{secret} 1"),
        pair(secret, f"{secret} 2"),
        pair(secret.upper(), ""),
        pair(secret, "x")[:-9] + b"\n",
        json.dumps({"contents": [{"role": "user", "parts": [{"text": secret, "txt": secret}]}]}).encode() + b"\n",
        json.dumps({"messages": [{"role": "user", "content": secret}]}).encode() + b"\n",
    ]
    report = check(train=b"".join(broken), test=pair(secret, secret))
    assert report.counts["DATA-LEAK-TEST"] == 1
    assert secret not in report.to_json().decode()
    assert secret not in printed(report)


def test_hostile_names_reach_the_terminal_escaped() -> None:
    line = b'{"contents": [], "[red]\\u001b]0;x\\u0007' + b"k" * 500 + b'": 1}\n'
    text = printed(check(train=line))
    assert "\x1b]" not in text
    assert "[red]" in text
    assert "k" * 100 not in text.replace("\n", "").replace(" ", "")


def test_the_same_bytes_give_the_same_json() -> None:
    files = {"train": pair("a", "b") * 3 + b"x\n", "test": pair("a", "b")}
    first = check(**files).to_json()
    assert first == check(**files).to_json()
    document = json.loads(first)
    assert document["findings"]["DATA-DUPLICATE"] == 2
    assert document["examples"][0]["code"] == "DATA-JSON"
    assert document["splits"]["train"]["rows"] == 4


def test_plain_text_fits_80_columns() -> None:
    text = printed(check(train=pair("a", "b") * 30 + b'{"messages": []}\n' * 9, test=pair("A", "b")))
    assert max(len(line) for line in text.splitlines()) <= 80


@needs_data
def test_banking77_has_its_known_leaks_and_no_errors() -> None:
    report = check_folder(DATA / "banking77")
    assert report.errors == []
    # Of the 11 test texts, 6 differ from a training text in case or outer spacing; the others in inner spacing only.
    assert report.counts["DATA-LEAK-TEST"] == 11
    assert report.counts["DATA-LEAK-VALIDATION"] == 1
    assert {split: facts.rows for split, facts in report.splits.items()} == {
        "train": 9238,
        "validation": 765,
        "test": 3080,
    }
    assert report.splits["test"].distinct_answers == 77


@needs_data
@pytest.mark.parametrize(
    ("name", "code", "count"),
    [
        ("azure_openai_chat_ja_train", "DATA-FORMAT-OPENAI-CHAT", 63),
        ("taxgpt_prompt_completion", "DATA-FORMAT-COMPLETION", 65),
        ("palm_text_bison_docs_example", "DATA-FORMAT-PALM", 2),
        ("google_glucose_example", "DATA-TOO-FEW", 1),
    ],
)
def test_published_files_are_recognised(name: str, code: str, count: int) -> None:
    report = check(train=(DATA / "wild" / f"{name}.jsonl").read_bytes())
    assert report.counts[code] == count
    assert report.is_valid == (code == "DATA-TOO-FEW")
