"""Statistics and text metrics against the implementations that everybody trusts."""

from __future__ import annotations

import random

import numpy as np
import pytest
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from components.evaluation.metrics.case import Case
from components.evaluation.metrics.catalogue import score_rows
from components.evaluation.metrics.n_grams import sentence_bleu, sentence_chrf
from components.evaluation.metrics.set_metrics import score_sets
from components.evaluation.metrics.words import rouge_l, rouge_n
from components.evaluation.statistics.bootstrap import bca, bootstrap, mean_of
from components.evaluation.statistics.holm import holm
from components.evaluation.statistics.interval import Interval
from components.evaluation.statistics.paired import paired_difference
from components.evaluation.statistics.permutation import sign_flip, swap
from components.evaluation.statistics.quantile import quantile_interval
from components.evaluation.statistics.right_or_wrong import mcnemar, wilson
from components.evaluation.statistics.student import student_interval

EQUAL = 1e-9


def text_pairs(count: int) -> list[tuple[str, str]]:
    """References and answers that share some words, of a to z, digits and punctuation; some empty, some equal."""
    rng = random.Random(9)
    words = ["the", "cat", "sat", "on", "mat", "9", "runs", "far", "away", "it's", "no-one", "(sic)", "end.", "A", "B2"]
    pairs = []
    for number in range(count):
        reference = [rng.choice(words) for _ in range(rng.randint(1, 25))]
        answer = [word for word in reference if rng.random() < 0.7] + rng.choices(words, k=rng.randint(0, 6))
        if number % 10 == 0:
            answer = reference
        if number % 97 == 0:
            answer = []
        pairs.append((" ".join(reference), " ".join(answer)))
    return pairs


PAIRS = text_pairs(1_000)


@pytest.mark.parametrize("size", [30, 700])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_bca_equals_scipy_on_the_same_draws(size: int, level: float) -> None:
    rng = np.random.default_rng(size)
    values = rng.exponential(1.0, size) - rng.beta(2, 1, size)
    [[resampled]] = bootstrap([mean_of(values[:, np.newaxis])], resamples=2_000, seed=11)
    [interval] = bca(resampled, [level], worst=-1, best=1)
    expected = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=2_000,
        batch=100,
        confidence_level=level,
        method="BCa",
        rng=np.random.default_rng(11),
    )
    assert [interval.low, interval.high] == pytest.approx(list(expected.confidence_interval), abs=EQUAL)
    assert resampled.standard_error == pytest.approx(expected.standard_error, abs=EQUAL)


def test_a_paired_difference_equals_scipy_on_the_same_draws() -> None:
    rng = np.random.default_rng(3)
    scores, baseline = rng.beta(2, 1, 300), rng.beta(1, 1, 300)
    ours = paired_difference(scores, baseline, confidences=[0.95], resamples=1_500, seed=4).intervals[0]
    expected = stats.bootstrap(
        (scores, baseline),
        lambda a, b, axis: np.mean(a - b, axis=axis),
        paired=True,
        n_resamples=1_500,
        batch=100,
        method="BCa",
        rng=np.random.default_rng(4),
    ).confidence_interval
    assert [ours.low, ours.high] == pytest.approx([expected.low, expected.high], abs=EQUAL)


@pytest.mark.parametrize("size", [2, 7, 12])
def test_the_permutation_test_equals_scipy_where_all_swaps_are_tried(size: int) -> None:
    rng = np.random.default_rng(size)
    scores, baseline = rng.random(size).round(1), rng.random(size).round(1)
    expected = stats.permutation_test(
        (scores, baseline), lambda a, b: np.mean(a - b), permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip(scores - baseline, resamples=10_000, seed=1) == pytest.approx(expected.pvalue, abs=EQUAL)


def test_random_swaps_differ_from_scipy_by_chance_only() -> None:
    """Both draw 20,000 of 2^60 swaps; scipy doubles the smaller tail, ours counts both: the error of three shares."""
    rng = np.random.default_rng(8)
    scores, baseline = rng.random(60) + 0.12, rng.random(60)
    expected = stats.permutation_test(
        (scores, baseline),
        lambda a, b, axis: np.mean(a - b, axis=axis),
        permutation_type="samples",
        n_resamples=20_000,
        vectorized=True,
        batch=1_000,
        rng=np.random.default_rng(1),
    ).pvalue
    assert 0.01 < expected < 0.2
    error = np.sqrt((2 * expected + expected) / 20_000)
    assert sign_flip(scores - baseline, resamples=20_000, seed=2) == pytest.approx(expected, abs=4 * error)
    # A mean is a statistic like any other: the general test gives the same as the one that is only for means.
    ours, theirs = (mean_of(column[:, np.newaxis]) for column in (scores, baseline))
    assert swap(ours, theirs, output=0, resamples=20_000, seed=2) == sign_flip(
        scores - baseline, resamples=20_000, seed=2
    )


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (1, 0), (5, 0), (3, 9), (12, 12), (140, 101), (700, 640)])
def test_mcnemar_equals_statsmodels(wins: int, losses: int) -> None:
    expected = statsmodels_mcnemar([[50, wins], [losses, 9]], exact=True).pvalue if wins + losses else 1.0
    assert mcnemar(wins, losses) == pytest.approx(min(1.0, float(expected)), abs=EQUAL)


def test_wilson_and_holm_equal_statsmodels() -> None:
    for hits, rows in ((0, 12), (7, 40), (399, 400), (400, 400)):
        interval = wilson(hits, rows, 0.95)
        assert [interval.low, interval.high] == pytest.approx(
            proportion_confint(hits, rows, 0.05, method="wilson"), abs=EQUAL
        )
    p_values = [0.04, 0.001, 0.2, 0.011, 0.04]
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1].tolist(), abs=EQUAL)


@pytest.mark.parametrize("rows", [1, 2, 19, 60, 1_000])
def test_intervals_of_means_and_quantiles_equal_scipy(rows: int) -> None:
    values = np.random.default_rng(rows).gamma(2.0, size=rows)
    for level in (0.9, 0.95, 0.999):
        if rows > 1:
            expected = stats.t.interval(level, rows - 1, values.mean(), stats.sem(values))
            interval = student_interval(values, level)
            assert [interval.low, interval.high] == pytest.approx(expected, rel=EQUAL)
        low, high = stats.binom.ppf([(1 - level) / 2, (1 + level) / 2], rows, 0.95).astype(int)
        found, ordered = quantile_interval(values.tolist(), 0.95, level), np.sort(values)
        assert found == Interval(
            float(np.quantile(values, 0.95)), ordered[max(low - 1, 0)], ordered[min(high, rows - 1)]
        )


def test_rouge_equals_rouge_score() -> None:
    """On a to z, digits and punctuation; what differs elsewhere is in `metrics/words.py`."""
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)
    for reference, answer in PAIRS:
        expected = scorer.score(reference, answer)
        assert rouge_n(reference, answer, 1) == pytest.approx(expected["rouge1"].fmeasure, abs=EQUAL)
        assert rouge_n(reference, answer, 2) == pytest.approx(expected["rouge2"].fmeasure, abs=EQUAL)
        assert rouge_l(reference, answer) == pytest.approx(expected["rougeL"].fmeasure, abs=EQUAL)


def test_rouge_differs_from_rouge_score_on_letters_beyond_z_as_documented() -> None:
    scorer = RougeScorer(["rouge1"], use_stemmer=False)
    assert scorer.score("Привет мир", "Привет мир")["rouge1"].fmeasure == 0.0
    assert rouge_n("Привет мир", "Привет мир", 1) == 1.0


def test_bleu_and_chrf_equal_sacrebleu_row_by_row_and_as_a_whole() -> None:
    bleu, chrf = BLEU(effective_order=True), CHRF()
    for reference, answer in PAIRS:
        assert sentence_bleu(reference, answer) == pytest.approx(
            bleu.sentence_score(answer, [reference]).score / 100, abs=EQUAL
        )
        assert sentence_chrf(reference, answer) == pytest.approx(
            chrf.sentence_score(answer, [reference]).score / 100, abs=EQUAL
        )
    references, answers = zip(*PAIRS, strict=True)
    sets = score_sets("text", [Case(reference, answer) for reference, answer in PAIRS])
    values = [bootstrap([one.statistic], resamples=100, seed=1)[0][0] for one in sets]
    expected = [metric.corpus_score(answers, [references]).score / 100 for metric in (BLEU(), CHRF())]
    assert [value.estimate for value in values] == pytest.approx(expected, abs=EQUAL)
    # The draws are corpus scores too, and so are the scores without one row.
    drawn = np.random.default_rng(1).integers(0, 1_000, (1, 1_000))[0]
    again = [
        metric.corpus_score([answers[row] for row in drawn], [[references[row] for row in drawn]]).score / 100
        for metric in (BLEU(), CHRF())
    ]
    assert [value.draws[0] for value in values] == pytest.approx(again, abs=EQUAL)
    without = BLEU().corpus_score(answers[1:], [references[1:]]).score / 100
    assert values[0].left_out[0] == pytest.approx(without, abs=EQUAL)


@pytest.mark.parametrize(
    ("reference", "answer"), [("a", ""), ("", "a"), ("日本語です", "日本語"), ("x y z", "y"), ("a b", "c d")]
)
def test_bleu_and_chrf_equal_sacrebleu_on_odd_texts(reference: str, answer: str) -> None:
    scores = score_rows("text", [Case(reference, answer)])
    bleu = BLEU(effective_order=True).sentence_score(answer, [reference]).score / 100
    assert scores["sentence_bleu"][0] == pytest.approx(bleu, abs=EQUAL)
    chrf = CHRF().sentence_score(answer, [reference]).score / 100
    assert scores["sentence_chrf"][0] == pytest.approx(chrf, abs=EQUAL)
    corpus = score_sets("text", [Case(reference, answer)])[0].statistic
    [value] = corpus.value(corpus.rows, 1)[0]
    assert value == pytest.approx(BLEU().corpus_score([answer], [[reference]]).score / 100, abs=EQUAL)
