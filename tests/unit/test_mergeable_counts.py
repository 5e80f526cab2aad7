"""What is counted of parts and merged is what would have been counted of the whole."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from components.dataset_validation.checks import answer_tally
from components.dataset_validation.checks.answer_ends import LONG_CHARS, AnswerEnds
from components.dataset_validation.checks.answer_tally import AnswerTally
from components.dataset_validation.engine.extremes import KEPT, Extremes
from components.dataset_validation.engine.histogram import Histogram, counted_as
from components.dataset_validation.engine.text_sample import SAMPLED, TextSample

SIZES = st.lists(st.integers(0, 50) | st.integers(0, 2**31), max_size=120)
CUTS = st.lists(st.integers(0, 120), max_size=4)


def parts(length: int, cuts: list[int]) -> Iterator[tuple[int, int]]:
    edges = [0, *sorted(min(cut, length) for cut in cuts), length]
    yield from itertools.pairwise(edges)


@given(SIZES, CUTS)
def test_extremes_are_the_first_of_the_largest_and_smallest(sizes: list[int], cuts: list[int]) -> None:
    merged = Extremes(np.empty(0, np.uint32))
    for start, stop in parts(len(sizes), cuts):
        merged.merge(Extremes(np.array(sizes[start:stop], np.uint32)), start)
    ranked = sorted((size, row) for row, size in enumerate(sizes))
    assert merged.smallest == ranked[:KEPT]
    assert merged.largest == sorted(ranked, key=lambda one: (-one[0], one[1]))[:KEPT]


@given(SIZES, CUTS, st.integers(0, 2**31), st.integers(0, 2**31))
def test_histograms_count_what_lies_outside(sizes: list[int], cuts: list[int], low: int, high: int) -> None:
    merged = Histogram(np.empty(0, np.uint32))
    for start, stop in parts(len(sizes), cuts):
        merged.merge(Histogram(np.array(sizes[start:stop], np.uint32)))
    assert merged.max == max(sizes, default=0)
    assert not sizes or merged.at_max == sizes.count(max(sizes))
    counted = [counted_as(size) for size in sizes]
    assert merged.outside(low, high) == (sum(one < low for one in counted), sum(one > high for one in counted))


def test_the_usual_range_ignores_a_few_strays_and_follows_the_spread() -> None:
    generator = np.random.default_rng(1)
    sizes = np.exp(generator.normal(6, 0.3, 5000)).astype(np.uint32)
    low, high = Histogram(sizes).usual_range(5, 2)
    assert np.exp(6 - 1.7) < low < np.exp(6 - 1.3)
    assert np.exp(6 + 1.3) < high < np.exp(6 + 1.7)
    strays = np.concatenate((sizes, np.full(50, 10**6, np.uint32)))
    assert np.allclose(Histogram(strays).usual_range(5, 2), (low, high), rtol=0.05)
    assert Histogram(np.full(9, 100, np.uint32)).usual_range(5, 8) == (13, 800)
    assert Histogram(np.empty(0, np.uint32)).usual_range(5, 8) == (0, 0)


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=1500), CUTS)
def test_the_sample_is_that_of_the_smallest_hashes(hashes: list[int], cuts: list[int]) -> None:
    merged = TextSample()
    for start, stop in parts(len(hashes), cuts):
        sample, contexts = TextSample(merged.bound), array("Q")
        for begin in range(start, stop, 400):
            block = hashes[begin : min(begin + 400, stop)]
            contexts.extend(block)
            sample.add_all(begin - start, contexts, [b"q%d" % one for one in block], [b"a" * 400] * len(block))
        merged.merge(sample, start)
    drawn = merged.examples()
    assert [one.context for one in sorted(drawn)] == sorted(set(hashes))[:SAMPLED]
    assert all(one.row == hashes.index(one.context) and one.prompt == f"q{one.context}" for one in drawn)
    assert all(len(one.answer) == 200 for one in drawn)
    assert [one.row for one in drawn] == sorted(one.row for one in drawn)


def encoded(answers: list[str]) -> tuple[list[bytes], NDArray[np.uint32]]:
    """Answers in UTF-8, and how many characters they have."""
    return [answer.encode() for answer in answers], np.array(list(map(len, answers)), np.uint32)


ENDS = ".,a\u00e9\u3002\U0001f600"


@given(st.lists(st.sampled_from(["x" * LONG_CHARS + end for end in ENDS] + ["short,"]), max_size=120), CUTS)
def test_ends_are_counted_with_their_first_rows(answers: list[str], cuts: list[int]) -> None:
    merged = AnswerEnds()
    for start, stop in parts(len(answers), cuts):
        ends = AnswerEnds()
        ends.add_all(0, *encoded(answers[start:stop]))
        merged.merge(ends, start)
    for end in ENDS:
        rows = [row for row, answer in enumerate(answers) if answer[-1] == end and answer != "short,"]
        seen = merged.ends.get(end)
        assert (seen.count, seen.rows) == (len(rows), rows[:20]) if seen else not rows


@given(st.lists(st.sampled_from(["yes", "no", '{"a": 1}', '{"a": "1"}']), max_size=120), CUTS)
def test_labels_stand_at_their_first_rows(answers: list[str], cuts: list[int]) -> None:
    merged = AnswerTally()
    for start, stop in parts(len(answers), cuts):
        tally = AnswerTally()
        tally.add_all(0, *encoded(answers[start:stop]))
        merged.merge(tally, start)
    labels = merged.all_labels(len(answers), few=True)
    for label in labels.counts:
        meant = ['{"a": 1}', '{"a": "1"}'] if label.startswith("a: ") else [label]
        assert labels.rows[label] == min(answers.index(one) for one in meant if one in answers)
    types = merged.field_types().get("a", {})
    assert {name: seen.count for name, seen in types.items()} == {
        name: answers.count(answer)
        for name, answer in (("a number", '{"a": 1}'), ("a string", '{"a": "1"}'))
        if answer in answers
    }


@given(st.lists(st.integers(0, 12).map(str), max_size=120), CUTS)
def test_labels_without_a_place_need_not_be_told(answers: list[str], cuts: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answer_tally, "MAX_DISTINCT", 8)
        whole, bounded = AnswerTally(), AnswerTally()
        for start, stop in parts(len(answers), cuts):
            told, untold = AnswerTally(), AnswerTally()
            told.add_all(0, *encoded(answers[start:stop]))
            hashes = [xxh3_64_intdigest(answer.encode()) for answer in answers[start:stop]]
            counted = frozenset(array("Q", bounded.counted))
            untold.add_all(0, *encoded(answers[start:stop]), hashes, counted)
            whole.merge(told, start)
            bounded.merge(untold, start)
        assert bounded.all_labels(1, few=True) == whole.all_labels(1, few=True)
