"""Ratings of people: what is asked, how they agree, what a file may say, and what the gate makes of it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from nltk.metrics.agreement import AnnotationTask

from components.errors import RetuneError
from components.evaluation.evaluate import evaluate, join
from components.evaluation.evaluation import Evaluation, System
from components.evaluation.gate import decide
from components.evaluation.gate_settings import GateSettings
from components.evaluation.local_parts import LocalParts
from components.evaluation.rating.agreement import krippendorff_alpha, percent_agreement
from components.evaluation.rating.import_ratings import import_ratings
from components.evaluation.rating.rated_metric import rated_metrics
from components.evaluation.rating.ratings_file import RatingsFile, read_ratings_file
from components.evaluation.rating.review import Review, Reviewed, make_review
from components.evaluation.rating.sample import draw_sample
from components.evaluation.rating.settings import RatingSettings
from components.evaluation.requests import TestExample, load_test_examples
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings

ROWS = 120
BAD, GOOD = "I do not know.", "Your card {} is on its way."
EXPERTS = RatingSettings(rows=60)
SETTINGS = EvaluationSettings(resamples=200, ratings={"experts": EXPERTS})
GATE = GateSettings(primary_metric="rating:experts", max_slice_drop=None)


@pytest.fixture(autouse=True)
def _drawn_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sides of a page are drawn with a secret; here every run of the tests draws the same ones."""
    drawn = itertools.count(1)
    monkeypatch.setattr("secrets.token_hex", lambda size: f"{next(drawn):0{2 * size}x}")


def examples(rows: int = ROWS) -> list[TestExample]:
    def line(number: int) -> bytes:
        turns = [("user", f"Where is card {number}?"), ("model", GOOD.format(number))]
        contents = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
        return json.dumps({"contents": contents}).encode()

    return load_test_examples(map(line, range(rows)), seed=1)


def rows_of(wanted: list[TestExample], answer: Callable[[int], str]) -> list[Row]:
    made = []
    for number, one in enumerate(wanted):
        text = answer(number)
        made.append(
            Row(one.example_id, one.request_hash, one.reference, text, "STOP", "" if text else "empty", 9, 3, 40.0, 1)
        )
    return made


def reviewed(folder: Path, ours: Callable[[int], str], champion: bool = False) -> Reviewed:
    """A base model that knows nothing, and a candidate; both answer a third of the questions alike."""
    wanted = examples()
    alike = [GOOD.format(n) if n % 3 == 0 else BAD + "!" * (n % 7 * 4) for n in range(ROWS)]
    systems = [(System("base", "the-base", "b"), rows_of(wanted, lambda n: alike[n]))]
    if champion:
        systems.append((System("champion", "the-champion", "c"), rows_of(wanted, lambda n: GOOD.format(n) + " Soon.")))
    candidate = rows_of(wanted, lambda n: alike[n] if n % 3 == 0 else ours(n))
    systems.append((System("candidate", "the-candidate", "m", fingerprint="cand"), candidate))
    record = evaluate(wanted, systems, SETTINGS, confidence=0.95, dataset_sha256="s")
    answers = [(system, join(wanted, rows)) for system, rows in systems]
    return Reviewed(record, wanted, answers, LocalParts(), str(folder / "reviews"), str(folder / "ratings"))


def shown(review: Review) -> list[dict[str, Any]]:
    data = review.page.partition('<script type="application/json" id="data">')[2].partition("</script>")[0]
    found: list[dict[str, Any]] = json.loads(data)["pairs"]
    return found


def rated(review: Review, rater: str, choose: Callable[[dict[str, Any]], str]) -> bytes:
    """The file that a rater saves who goes by what they see."""
    said: Any = [(pair["id"], choose(pair)) for pair in shown(review)]
    file = RatingsFile("retune-ratings", 1, review.key.review, rater, said, "")
    content = {"kind": file.kind, "version": 1, "review": file.review, "rater": rater, "ratings": said}
    return json.dumps(content | {"checksum": file.sum()}).encode()


def wise(pair: dict[str, Any]) -> str:
    if (pair["left"] == pair["reference"]) == (pair["right"] == pair["reference"]):
        return "tie"
    return "left" if pair["left"] == pair["reference"] else "right"


def taken(one: Reviewed, *files: bytes, **options: Any) -> Evaluation:
    read = {f"file-{n}": read_ratings_file(data, f"file-{n}") for n, data in enumerate(files)}
    return import_ratings(one, read, SETTINGS, **options)


def test_the_page_does_not_tell_whose_an_answer_is_and_sides_change(tmp_path: Path) -> None:
    one = reviewed(tmp_path, lambda n: GOOD.format(n), champion=True)
    review = make_review(one, "experts", EXPERTS)
    style = review.page.partition("<style>")[2].partition("</style>")[0]
    told = review.page.replace(style, "").replace("base-uri", "")
    for word in ("the-", "candidate", "champion", "base", review.key.secret):
        assert word not in told
    assert all(one.pair not in review.page for one in review.key.pairs)
    candidates_left = [wise(pair) == "left" for pair in shown(review)]
    assert 0.3 < np.mean(candidates_left) < 0.7
    assert make_review(one, "experts", EXPERTS).page == review.page
    other = reviewed(tmp_path / "other", lambda n: GOOD.format(n), champion=True)
    sides = [
        (a["left"], b["left"])
        for a, b in zip(shown(review), shown(make_review(other, "experts", EXPERTS)), strict=True)
    ]
    assert any(a != b for a, b in sides)


def test_equal_answers_are_not_asked_about_and_count_at_the_share_they_have(tmp_path: Path) -> None:
    one = reviewed(tmp_path, lambda n: GOOD.format(n))
    _, ours = one.answers[-1]
    _, theirs = one.answers[0]
    whole = draw_sample(one.examples, ours, theirs, ROWS, seed=1)
    assert len(whole.pairs) == ROWS * 2 / 3
    assert set(whole.clear.values()) == {0.5}
    part = draw_sample(one.examples, ours, theirs, 40, seed=1)
    assert len(part.pairs) == 40
    assert 0.2 < len(part.clear) / (len(part.clear) + 40) < 0.47
    assert [pair.row for pair in part.pairs] == [pair.row for pair in whole.pairs][:40]
    assert [pair.row for pair in draw_sample(one.examples, ours, theirs, 40, seed=2).pairs] != [
        pair.row for pair in part.pairs
    ]


def test_the_share_of_what_is_preferred_is_that_of_the_whole_test_set(tmp_path: Path) -> None:
    one = reviewed(tmp_path, lambda n: GOOD.format(n))
    record = taken(one, rated(make_review(one, "experts", EXPERTS), "Ada", wise))
    # Two thirds are won and a third is equal: 2/3 + 1/6.
    assert record.comparison("cand", "base", "rating:experts").win_rate.mean == pytest.approx(5 / 6, abs=0.06)


def test_a_run_without_ratings_says_what_to_do_and_with_them_it_is_decided(tmp_path: Path) -> None:
    one = reviewed(tmp_path, lambda n: GOOD.format(n), champion=True)
    metrics, reports = rated_metrics(
        one.storage, one.ratings_root, SETTINGS.ratings, one.examples, one.answers, SETTINGS.seed
    )
    assert metrics == []
    waiting = msgspec.structs.replace(one.record, ratings=reports)
    decision = decide(waiting, GATE)
    assert decision.verdict == "inconclusive"
    assert "People have rated 0 of" in decision.reasons[0]
    assert "`retune review RUN --name experts`" in decision.reasons[0]
    # Without a rule about ratings nobody waits for them.
    assert decide(waiting, GateSettings(max_slice_drop=None)).verdict != "inconclusive"

    review = make_review(one, "experts", EXPERTS)
    unlike = GateSettings(primary_metric="rating:experts", max_slice_drop=None, length_control=False)
    assert decide(taken(one, rated(review, "Ada", wise)), unlike).verdict == "promote"


def test_a_taste_for_longer_answers_is_no_improvement(tmp_path: Path) -> None:
    one = reviewed(tmp_path, lambda n: BAD + "?" * (n % 5 * 8))
    review = make_review(one, "experts", EXPERTS)

    def longer(pair: dict[str, Any]) -> str:
        left, right = len(pair["left"]), len(pair["right"])
        return "tie" if left == right else "left" if left > right else "right"

    record = taken(one, rated(review, "Ada", longer))
    equal = record.comparison("cand", "base", "rating:experts").at_equal_length
    assert equal is not None
    assert equal.low < 0
    assert decide(record, GATE).verdict != "promote"


def test_ratings_are_known_again_when_the_same_answers_come_back_from_another_model(tmp_path: Path) -> None:
    one = reviewed(tmp_path, lambda n: GOOD.format(n))
    taken(one, rated(make_review(one, "experts", EXPERTS), "Ada", wise))
    with pytest.raises(RetuneError, match=r"RATING-NOTHING.*rated all"):
        make_review(one, "experts", EXPERTS)
    assert len(shown(make_review(one, "experts", EXPERTS, again=True))) == 60
    # The champion of tomorrow is the candidate of today: who is preferred changes sides with it.
    swapped = [
        (System("base", "b", "b"), one.answers[1][1]),
        (System("candidate", "c", "c", fingerprint="new"), one.answers[0][1]),
    ]
    [metric], [report] = rated_metrics(
        one.storage, one.ratings_root, SETTINGS.ratings, one.examples, swapped, one.record.seed
    )
    assert report.complete
    preferred = metric.preferences["new", "base"]
    assert set(preferred[np.isfinite(preferred)]) == {0.0, 0.5}
    # A candidate that answers otherwise is not vouched for by what was said about another one.
    changed = reviewed(tmp_path, lambda n: GOOD.format(n) + ("" if n % 2 else " Or lost."))
    _, [partial] = rated_metrics(
        changed.storage, changed.ratings_root, SETTINGS.ratings, changed.examples, changed.answers, one.record.seed
    )
    assert 0 < partial.rated < partial.pairs
    assert 0 < len(shown(make_review(changed, "experts", EXPERTS))) < 60


def test_raters_who_disagree_meet_in_the_middle_and_are_reported(tmp_path: Path) -> None:
    one = reviewed(tmp_path, lambda n: GOOD.format(n))
    review = make_review(one, "experts", EXPERTS)
    numbers = {pair["id"]: number for number, pair in enumerate(shown(review))}

    def unsure(pair: dict[str, Any]) -> str:
        return ("skip", "both_bad", wise(pair), wise(pair))[numbers[pair["id"]] % 4]

    record = taken(one, rated(review, "Ada", wise), rated(review, "Bob", unsure))
    [report] = record.ratings
    assert (report.raters, report.ratings, report.skipped, report.both_bad) == (2, 120, 15, 15)
    assert report.agreement == pytest.approx(30 / 45)
    assert report.alpha is not None
    assert 0 < report.alpha < 1
    assert report.left_preferred is not None
    assert 0.3 < report.left_preferred < 0.7
    agreed = taken(one, rated(review, "Bob", wise), replace=True).comparison("cand", "base", "rating:experts")
    assert record.comparison("cand", "base", "rating:experts").difference.mean < agreed.difference.mean - 0.05


def test_everybody_who_is_wanted_must_have_rated(tmp_path: Path) -> None:
    one = reviewed(tmp_path, lambda n: GOOD.format(n))
    two = SETTINGS.model_copy(update={"ratings": {"experts": EXPERTS.model_copy(update={"raters": 2})}})
    review = make_review(one, "experts", two.ratings["experts"])
    first = import_ratings(one, {"a": read_ratings_file(rated(review, "Ada", wise), "a")}, two)
    assert (first.ratings[0].rated, first.ratings[0].complete) == (0, False)
    assert make_review(one, "experts", two.ratings["experts"]).key == review.key
    second = import_ratings(one, {"b": read_ratings_file(rated(review, "Bob", wise), "b")}, two)
    assert second.ratings[0].complete
    nobody = reviewed(tmp_path / "n", lambda n: GOOD.format(n))
    skipped = taken(nobody, rated(make_review(nobody, "experts", EXPERTS), "Ada", lambda pair: "skip"))
    assert not skipped.ratings[0].complete
    assert decide(skipped, GATE).verdict == "inconclusive"


def test_nothing_to_ask(tmp_path: Path) -> None:
    alike = reviewed(tmp_path, lambda n: BAD + "!" * (n % 7 * 4))
    with pytest.raises(RetuneError, match=r"RATING-NOTHING.*equal"):
        make_review(alike, "experts", EXPERTS)
    with pytest.raises(RetuneError, match=r"RATING-NOTHING.*champion"):
        make_review(alike, "experts", EXPERTS, against="champion")


def test_files_that_are_wrong_say_so_and_nothing_is_kept(tmp_path: Path) -> None:
    one = reviewed(tmp_path, lambda n: GOOD.format(n))
    review = make_review(one, "experts", EXPERTS)
    good, pair = rated(review, "Ada", wise), review.key.pairs[0].id

    def forged(**changes: Any) -> bytes:
        content = json.loads(good) | changes
        said = [tuple(item) for item in content["ratings"]]
        file = RatingsFile(content["kind"], 1, content["review"], content["rater"], said, "")
        return json.dumps(content | {"checksum": file.sum()}).encode()

    wrong = {
        "RATING-FILE.*no ratings file": b"{",
        "RATING-FILE.*no ratings file ": b'\xff{"kind": 1}',
        "RATING-FILE.* no ratings file": good.replace(b'"retune-ratings"', b'"other"'),
        "RATING-FILE.*holds no ratings": forged(ratings=[]),
        "RATING-EDITED": good.replace(b'"tie"', b'"left"').replace(b'"right"', b'"left"'),
        "RATING-RATER": forged(rater=" "),
        "RATING-RATER ?": forged(rater="\x1b[31mAda"),
        "RATING-DUPLICATE.*2 times": forged(ratings=[[pair, "left"], [pair, "right"]]),
        "RATING-RUN": forged(review="0123456789abcdef"),
        "RATING-ROW": forged(rater="Bob", ratings=[["ffffffffffff", "left"]]),
        "RATING-DUPLICATE.*same rater": forged(rater="ADA"),
    }
    for message, data in wrong.items():
        with pytest.raises(RetuneError, match=message.strip()):
            taken(one, good, data)
        assert not list(tmp_path.glob("ratings/**/part-*")), message
    taken(one, good)
    taken(one, good)
    assert len(list(tmp_path.glob("ratings/**/part-*"))) == 1
    otherwise = rated(review, "ada", lambda pair: "tie")
    with pytest.raises(RetuneError, match="RATING-CHANGED"):
        taken(one, otherwise)
    assert taken(one, otherwise, replace=True).comparison("cand", "base", "rating:experts").wins == 0


def test_alpha_is_that_of_the_textbook_and_of_nltk() -> None:
    # Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C: four observers, twelve units.
    observers = ["123321412   ", "1233224125 3", " 3332342251 ", "12332441251 "]
    units = [[one for one in unit if one != " "] for unit in zip(*observers, strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=0.0005)

    rng = np.random.default_rng(5)
    for _ in range(20):
        truth = rng.integers(0, 3, 30)
        told = np.where(rng.random((4, 30)) < 0.6, truth, rng.integers(0, 3, (4, 30)))
        task = AnnotationTask([(rater, unit, told[rater, unit]) for rater in range(4) for unit in range(30)])
        said = [[str(value) for value in told[:, unit]] for unit in range(30)]
        assert krippendorff_alpha(said) == pytest.approx(task.alpha(), abs=1e-9)
        assert percent_agreement(said) == pytest.approx(task.avg_Ao(), abs=1e-9)


def test_agreement_that_cannot_be_told_is_not_told() -> None:
    assert krippendorff_alpha([["a"], []]) is percent_agreement([["a"], []]) is None
    assert krippendorff_alpha([["a", "a"], ["a", "a"]]) is None
    assert percent_agreement([["a", "a"], ["a", "b"]]) == 0.5
