"""Near duplicates are found, verified and reported; templates, scripts and short texts do not mislead the search."""

from __future__ import annotations

import io
import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.base_models.facts import Limits
from components.dataset_validation.checks.limits import strictest_limits
from components.dataset_validation.findings.finding_log import FindingLog
from components.dataset_validation.lines.data_file import DataFile, local_file
from components.dataset_validation.near_duplicates import prompts as prompts_module
from components.dataset_validation.near_duplicates.check import check
from components.dataset_validation.near_duplicates.minhash import candidates
from components.dataset_validation.near_duplicates.pairs import jaccard
from components.dataset_validation.near_duplicates.prompts import signatures
from components.dataset_validation.near_duplicates.shingles import MAX_SHINGLES, Shingler
from components.dataset_validation.settings import ValidationSettings
from pipelines.catalogue import catalogue

BANKING77 = Path(__file__).parents[3] / "shared" / "data" / "banking77"


def limits() -> Limits:
    return strictest_limits({"gemini-2.5-flash": catalogue({})["gemini-2.5-flash"]})


def line(prompt: str, answer: str) -> str:
    turns = [{"role": "user", "parts": [{"text": prompt}]}, {"role": "model", "parts": [{"text": answer}]}]
    return json.dumps({"contents": turns})


def file(name: str, *examples: tuple[str, str]) -> DataFile:
    lines = [
        json.dumps(
            {"contents": [{"role": r, "parts": [{"text": t}]} for r, t in zip(("user", "model"), pair, strict=True)]}
        )
        for pair in examples
    ]
    data = "\n".join(lines).encode()
    return DataFile(name, lambda: io.BytesIO(data))


def found(**files: DataFile) -> list[tuple[str, str, str]]:
    log = FindingLog(ValidationSettings(), {})
    check({split: [one] for split, one in files.items()}, ValidationSettings(), limits(), log)
    return [(finding.code, f"{finding.file}:{finding.line}", finding.message) for finding in log.findings]


FIRST = "please tell me why my card payment from last monday was declined twice at the supermarket"
NEARLY = "please tell me why my card payment from last friday was declined twice at the supermarket"
OTHER = "how do i change the postal address that my new debit card will be sent to by mail"


def test_a_word_changed_is_a_near_duplicate() -> None:
    (code, where, message) = found(train=file("a", (FIRST, "declined"), (OTHER, "address"), (NEARLY, "declined")))[0]
    assert (code, where) == ("DATA-NEAR-DUPLICATE", "a:3")
    assert "76% of its word pairs with line 1" in message


def test_another_answer_makes_it_a_conflict() -> None:
    assert [one[:2] for one in found(train=file("a", (FIRST, "declined"), (NEARLY, "limit")))] == [
        ("DATA-NEAR-CONFLICT", "a:2")
    ]


def test_a_leak_is_reported_at_the_line_that_leaks() -> None:
    reported = found(
        train=file("train", (OTHER, "x"), (FIRST, "x")),
        validation=file("val", (NEARLY, "x")),
        test=file("test", (NEARLY + " again", "x")),
    )
    assert [one[:2] for one in reported] == [("DATA-NEAR-LEAK", "test:1"), ("DATA-NEAR-LEAK-VALIDATION", "val:1")]
    # The validation file is the nearest: it is given to the tuning job as well.
    assert reported[0][2].endswith("line 1 of val")


@pytest.mark.parametrize(
    "near_miss",
    [
        pytest.param((FIRST, OTHER), id="another question"),
        pytest.param((FIRST, FIRST), id="identical, which the exact rules report"),
        pytest.param(("yes", "no"), id="short texts share nothing"),
        pytest.param((FIRST, " ".join(reversed(FIRST.split()))), id="the same words in another order"),
    ],
)
def test_near_misses(near_miss: tuple[str, str]) -> None:
    assert found(train=file("a", *((prompt, "x") for prompt in near_miss))) == []


def test_a_template_is_not_what_makes_prompts_alike() -> None:
    template = "classify the following message of a customer of our bank into one of the known intents and answer only "
    asked = [(f"{template} w{n}a w{n}b w{n}c w{n}d w{n}e", "x") for n in range(200)]
    assert found(train=file("a", *asked)) == []
    assert len(found(train=file("a", *asked, (f"{template} w7a w7b w7c w7d w7e again", "x")))) == 1


def test_scripts_without_spaces_are_compared_by_character() -> None:
    one = "我的银行卡昨天在超市付款时被拒绝了两次请告诉我原因"
    assert len(found(train=file("a", (one, "x"), (one.replace("昨天", "今天"), "x")))) == 1
    assert found(train=file("a", (one, "x"), ("请问如何修改新卡的邮寄地址以及联系电话号码", "x"))) == []


def test_case_and_punctuation_do_not_count() -> None:
    assert "100%" in found(train=file("a", (FIRST, "x"), (FIRST.upper() + "?!", "x")))[0][2]


@given(st.lists(st.text(max_size=300), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_every_text_has_word_pairs_and_finds_itself(texts: list[str]) -> None:
    shingles, offsets = Shingler().shingles(texts)
    lengths = np.diff(offsets)
    assert len(lengths) == len(texts)
    assert ((lengths > 0) & (lengths <= MAX_SHINGLES)).all()
    rows = np.arange(len(texts))
    assert (jaccard(shingles, offsets, rows, rows) == 1).all()


def generated(count: int) -> Iterator[str]:
    """Texts of which about one in eight is an earlier one with some words changed."""
    generator, kept = random.Random(5), []
    words = [f"word{number}" for number in range(3000)]
    for _ in range(count):
        if kept and generator.random() < 0.12:
            text = list(generator.choice(kept))
            for _ in range(generator.randint(1, 4)):
                text[generator.randrange(len(text))] = generator.choice(words)
        else:
            text = [generator.choice(words) for _ in range(30)]
        kept = [*kept[-500:], text]
        yield " ".join(text)


def test_recall_and_precision_against_all_pairs() -> None:
    texts = list(generated(1500))
    shingles, offsets, bands = signatures(iter(texts))
    proposed = candidates(bands)
    first, second = (proposed >> np.uint64(32)).astype(int), (proposed & np.uint64(0xFFFFFFFF)).astype(int)
    near = jaccard(shingles, offsets, first, second) >= 0.6
    ours = set(zip(first[near].tolist(), second[near].tolist(), strict=True))
    pairs = [set(itertools.pairwise(words)) for words in (text.split() for text in texts)]
    truth = {
        (i, j)
        for j in range(len(pairs))
        for i in range(j)
        if len(pairs[i] & pairs[j]) >= 0.6 * len(pairs[i] | pairs[j])
    }
    assert len(truth) > 100
    assert len(ours & truth) >= 0.95 * len(truth)
    assert len(ours & truth) >= 0.99 * len(ours)


def test_batches_in_two_processes_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = list(generated(300))
    whole = signatures(iter(texts))
    monkeypatch.setattr(prompts_module, "COMMON_FROM", 10**9)
    plain = signatures(iter(texts))
    monkeypatch.setattr(prompts_module, "BATCH", 70)
    parts = signatures(iter(texts))
    assert all((one == other).all() for one, other in zip(plain, parts, strict=True))
    assert len(whole[1]) == len(parts[1])


@pytest.mark.skipif(not BANKING77.exists(), reason="the banking77 files are not there")
def test_banking77_has_near_leaks() -> None:
    log = FindingLog(ValidationSettings(), {})
    files = {split: [local_file(BANKING77 / f"{split}.jsonl", split)] for split in ("train", "validation", "test")}
    check(files, ValidationSettings(), limits(), log)
    assert 400 < log.counts["DATA-NEAR-LEAK"] < 700
    assert 600 < log.counts["DATA-NEAR-DUPLICATE"] < 800
    assert 150 < log.counts["DATA-NEAR-CONFLICT"] < 250
