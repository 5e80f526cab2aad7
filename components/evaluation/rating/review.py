"""A review: pairs of answers that people compare without knowing whose they are, and the key to it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import msgspec

from components.errors import configuration_error
from components.evaluation.evaluation import Baseline, Evaluation, System
from components.evaluation.opponents import JoinedRows
from components.evaluation.parts import PartStorage
from components.evaluation.rating.page import ShownPair, render_page
from components.evaluation.rating.rated_metric import distinct_pairs, draw_samples
from components.evaluation.rating.sample import Pair
from components.evaluation.rating.settings import RatingSettings
from components.evaluation.rating.store import RatingStore
from components.evaluation.requests import TestExample


class AskedPair(msgspec.Struct, frozen=True):
    """What the page does not say about one of its pairs.

    Attributes:
        id: Its name in the page.
        pair: The pair's key.
        first_left: Whether the pair's first answer is on the left.
    """

    id: str
    pair: str
    first_left: bool


class ReviewKey(msgspec.Struct, frozen=True):
    """What turns the clicks of a page into ratings; it stays with the run and is not in the page.

    Attributes:
        review: The page's identifier.
        name: What the ratings are called.
        secret: What sides and identifiers are drawn with.
        settings: What is asked.
        pairs: In the order of the page.
    """

    review: str
    name: str
    secret: str
    settings: dict[str, str | int | bool]
    pairs: list[AskedPair]


@dataclass(frozen=True)
class Reviewed:
    """Answers that people can be asked about.

    Attributes:
        record: The evaluation that they belong to.
        examples: Its test set.
        answers: Every system with its rows, joined to the examples.
        storage: Where keys and ratings are kept.
        root: Where everything about this evaluation's reviews is kept.
        ratings_root: Where ratings are kept, those of other evaluations too.
    """

    record: Evaluation
    examples: Sequence[TestExample]
    answers: Sequence[tuple[System, JoinedRows]]
    storage: PartStorage
    root: str
    ratings_root: str

    def keys(self) -> dict[str, ReviewKey]:
        """The keys of the pages that were made, by review."""
        stored = self.storage.list(f"{self.root}/keys/")
        found = (msgspec.json.decode(self.storage.read(one.uri), type=ReviewKey) for one in stored)
        return {key.review: key for key in found}


@dataclass(frozen=True)
class Review:
    """A page to rate.

    Attributes:
        key: Its key, which is stored.
        page: One HTML page.
        rated_before: Pairs that are not asked about, because enough people rated them.
    """

    key: ReviewKey
    page: str
    rated_before: int


def make_review(
    reviewed: Reviewed, name: str, settings: RatingSettings, *, against: Baseline | None = None, again: bool = False
) -> Review:
    """The page for everything that is not rated yet; the same page when it is asked for again.

    Args:
        reviewed: Whose answers.
        name: What the ratings are called.
        settings: What people are asked, and about how many rows.
        against: Only comparisons with the base model, or with the champion; None for both.
        again: Ask about what was rated too, for a further rater.

    Raises:
        RetuneError: `RATING-NOTHING`, there is nothing to ask about.
    """
    samples = draw_samples(reviewed.examples, reviewed.answers, settings.rows, reviewed.record.seed)
    chosen = {key: sample for key, sample in samples.items() if against in (None, key[1])}
    said = RatingStore(reviewed.storage, reviewed.ratings_root, name).by_pair()
    pairs = distinct_pairs(chosen)
    asked = {key: pair for key, pair in pairs.items() if again or len(said.get(key, {})) < settings.raters}
    if not asked:
        raise _nothing(len(pairs), against, compared=bool(chosen))
    key = _key(reviewed, name, settings.model_dump(), list(asked))
    shown = [_shown(reviewed.examples[asked[one.pair].row], one, asked[one.pair], settings) for one in key.pairs]
    return Review(key, render_page(key.review, settings.question, shown), len(pairs) - len(asked))


def _nothing(pairs: int, against: Baseline | None, *, compared: bool) -> Exception:
    if not compared:
        opponent = against or f"{' or '.join(get_args(Baseline))} model"
        return configuration_error(
            "RATING-NOTHING", f"no candidate is compared with a {opponent}", "review another run, or both", "--against"
        )
    if pairs:
        return configuration_error(
            "RATING-NOTHING", "people have rated all pairs", "ask about them once more with --again", f"{pairs} pairs"
        )
    return configuration_error(
        "RATING-NOTHING", "all answers are equal, so there is nothing to prefer", "rate a run whose answers differ", ""
    )


def _key(reviewed: Reviewed, name: str, settings: dict[str, str | int | bool], pairs: list[str]) -> ReviewKey:
    """The key of the page with these pairs, made when there is none."""
    for known in reviewed.keys().values():
        if (known.name, known.settings, [one.pair for one in known.pairs]) == (name, settings, pairs):
            return known
    secret = secrets.token_hex(16)
    review = _drawn(secret, "review").hex()[:16]
    asked = [
        AskedPair(_drawn(secret, f"id {pair}").hex()[:12], pair, bool(_drawn(secret, f"side {pair}")[0] & 1))
        for pair in pairs
    ]
    key = ReviewKey(review, name, secret, settings, asked)
    encoded = msgspec.json.format(msgspec.json.encode(key), indent=2)
    reviewed.storage.write(f"{reviewed.root}/keys/{review}.json", encoded, if_generation_match=0)
    return key


def _drawn(secret: str, what: str) -> bytes:
    return hmac.new(bytes.fromhex(secret), what.encode(), hashlib.sha256).digest()


def _shown(example: TestExample, asked: AskedPair, pair: Pair, settings: RatingSettings) -> ShownPair:
    left, right = (pair.first, pair.second) if asked.first_left else (pair.second, pair.first)
    reference = example.reference if settings.show_reference else ""
    return ShownPair(asked.id, turns_of(example.request), reference, left, right)


def turns_of(request: Mapping[str, object]) -> list[tuple[str, str]]:
    """Who said what to the model, as texts; what is no text is named by its kind."""
    found = []
    if request.get("systemInstruction"):
        found.append(("instruction", str(request["systemInstruction"])))
    contents: Sequence[Mapping[str, object]] = request["contents"]  # type: ignore[assignment]
    for turn in contents:
        parts: Sequence[Mapping[str, object]] = turn["parts"]  # type: ignore[assignment]
        found.append((str(turn.get("role", "user")), "\n".join(map(_part_text, parts))))
    return found


def _part_text(part: Mapping[str, object]) -> str:
    if "text" in part:
        return str(part["text"])
    [(kind, content), *_] = part.items()
    if kind == "fileData" and isinstance(content, Mapping):
        return f"[{content.get('mimeType', 'file')} {content.get('fileUri', '')}]"
    if kind == "inlineData" and isinstance(content, Mapping):
        return f"[{content.get('mimeType', 'file')}, inline]"
    return msgspec.json.encode(part, order="sorted").decode()
