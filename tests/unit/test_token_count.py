"""Token counts from samples: exact when everything was counted, honest about the rest."""

from __future__ import annotations

import io
import json
import random
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from components.dataset_validation.checks.limits import strictest_limits
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.lines.tokens import estimate_tokens
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.validator import validate_dataset
from components.run_planning.new_examples import count_new_examples
from components.run_planning.token_count import estimated_count, scaled_count
from components.run_planning.token_sample import sample_examples
from pipelines.catalogue import catalogue

LIMITS = strictest_limits({"gemini-2.5-flash": catalogue({})["gemini-2.5-flash"]})
PAIRS = st.lists(st.tuples(st.integers(1, 10_000), st.integers(0, 40_000)), min_size=1, max_size=60)


@given(PAIRS)
def test_a_whole_file_is_counted_exactly(pairs: list[tuple[int, int]]) -> None:
    count = scaled_count(sum(before for before, _ in pairs), pairs, len(pairs), "service")
    total = sum(after for _, after in pairs)
    assert (count.low, count.tokens, count.high) == (total, total, total)


@given(PAIRS, st.integers(0, 10**9), st.integers(1, 10**6))
def test_the_guess_lies_within_its_bounds(pairs: list[tuple[int, int]], total: int, more: int) -> None:
    count = scaled_count(total, pairs, len(pairs) + more, "service")
    assert 0 <= count.low <= count.tokens <= count.high
    assert count.examples == len(pairs)


@given(st.integers(0, 10**12))
def test_an_estimate_may_be_off_by_thirty_percent(tokens: int) -> None:
    count = estimated_count(tokens)
    assert count.low <= tokens * 0.7 <= tokens * 1.3 <= count.high
    assert count.high - count.low <= tokens * 0.6 + 2


def test_the_truth_lies_within_the_bounds_as_often_as_they_say() -> None:
    drawn = random.Random(3)
    file = [(size := drawn.randint(10, 400), round(size * drawn.gauss(1.3, 0.25))) for _ in range(5_000)]
    truth, total = sum(after for _, after in file), sum(before for before, _ in file)
    counts = [scaled_count(total, drawn.sample(file, 100), len(file), "service") for _ in range(400)]
    inside = sum(count.low <= truth <= count.high for count in counts)
    assert inside >= 0.92 * len(counts)
    assert max(count.high - count.low for count in counts) < 0.15 * truth


def test_a_small_sample_is_not_believed_to_be_exact() -> None:
    count = scaled_count(1_000, [(10, 12)] * 3, 100, "service")
    assert (count.tokens, count.low, count.high) == (1_200, 840, 1_560)
    assert scaled_count(1_000, [], 100, "service").method == "estimate"


def line(number: int, answer: str = "yes") -> bytes:
    turns = [("user", f"question {number}"), ("model", answer)]
    contents = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
    return json.dumps({"system_instruction": {"parts": [{"text": "be brief"}]}, "contents": contents}).encode()


def test_a_sample_is_drawn_from_the_whole_file_and_always_the_same() -> None:
    source = partial(io.BytesIO, b"\n".join([b"", *(line(number) for number in range(1_000)), b""]))
    sample = sample_examples(source, 1_000, 50)
    assert sample == sample_examples(source, 1_000, 50)
    numbers = [int(one.example["contents"][0]["parts"][0]["text"].split()[1]) for one in sample]
    assert len(set(numbers)) == 50
    assert min(numbers) < 200
    assert max(numbers) > 800
    first = sample[0]
    assert first.example["systemInstruction"]["parts"][0]["text"] == "be brief"
    assert first.tokens == estimate_tokens(f"be briefquestion {numbers[0]}yes")
    assert first.answer_tokens == 1
    assert len(sample_examples(source, 1_000, 5_000)) == 1_000


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)), st.integers(1, 3))
def test_new_examples_are_those_that_were_not_there(now: set[int], before: set[int], times: int) -> None:
    def file(numbers: set[int]) -> bytes:
        return b"".join(line(number) + b"\r\n" for number in sorted(numbers) * times)

    counted = count_new_examples(partial(io.BytesIO, file(now)), partial(io.BytesIO, file(before)))
    assert counted == len(now - before)


@given(st.lists(st.text(min_size=1, max_size=30).filter(str.strip), min_size=1, max_size=20))
def test_estimates_of_examples_add_up_to_that_of_the_file(answers: list[str]) -> None:
    content = b"".join(line(number, answer) + b"\n" for number, answer in enumerate(answers))
    source = partial(io.BytesIO, content)
    report = validate_dataset({"train": [DataFile("train", source)]}, ValidationSettings(), LIMITS)
    facts = report.splits["train"]
    assert sum(one.tokens for one in sample_examples(source, facts.rows, facts.rows)) == facts.tokens
