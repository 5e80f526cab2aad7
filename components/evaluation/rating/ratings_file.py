"""The file that a rater saves, and everything that can be wrong with it."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from components.errors import RetuneError, dataset_error
from components.evaluation.rating.review import AskedPair, ReviewKey
from components.evaluation.rating.store import Choice, Rating

SideChoice = Literal["left", "right", "tie", "both_bad", "skip"]
LONGEST_NAME = 80


class RatingsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page saves.

    Attributes:
        kind: Tells it from other JSON.
        version: Of the format.
        review: The page.
        rater: The name that the rater gave.
        ratings: Pair's identifier in the page and what was chosen.
        checksum: CRC-32 of all of that, in eight hex digits.
    """

    kind: Literal["retune-ratings"]
    version: Literal[1]
    review: str
    rater: str
    ratings: list[tuple[str, SideChoice]]
    checksum: str

    def sum(self) -> str:
        """The checksum that the content should have."""
        told = "\n".join((self.review, self.rater, *(f"{one}={choice}" for one, choice in self.ratings)))
        return f"{zlib.crc32(told.encode()):08x}"


def read_ratings_file(data: bytes, name: str) -> RatingsFile:
    """The checked content of one file.

    Raises:
        RetuneError: `RATING-FILE`, it is no ratings file, or an empty one; `RATING-EDITED`, it was changed after it
            was saved; `RATING-RATER`, it names no rater; `RATING-DUPLICATE`, a pair is rated twice.
    """
    try:
        found = msgspec.json.decode(data, type=RatingsFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _wrong("RATING-FILE", "this is no ratings file", name) from error
    if found.sum() != found.checksum:
        raise _wrong("RATING-EDITED", "the file was changed after it was saved", name)
    if not found.rater.strip() or len(found.rater) > LONGEST_NAME or not found.rater.isprintable():
        raise _wrong("RATING-RATER", "the file does not say who rated", name)
    if not found.ratings:
        raise _wrong("RATING-FILE", "the file holds no ratings", name)
    [(pair, times)] = Counter(one for one, _ in found.ratings).most_common(1)
    if times > 1:
        raise _wrong("RATING-DUPLICATE", f"the file rates the pair {pair[:40]!r} {times} times", name)
    return found


def translate(files: Mapping[str, RatingsFile], keys: Mapping[str, ReviewKey]) -> dict[str, list[Rating]]:
    """What all files say, as ratings of answers instead of sides, by what the ratings are called.

    Args:
        files: By the name of the file.
        keys: Of the pages that were made for this run, by review.

    Raises:
        RetuneError: `RATING-RUN`, a file belongs to another run's page; `RATING-ROW`, it rates a pair that its page
            does not have; `RATING-DUPLICATE`, two files are of the same rater.
    """
    found: dict[str, list[Rating]] = {}
    raters: dict[tuple[str, str], str] = {}
    for name, one in files.items():
        key = keys.get(one.review)
        if key is None:
            raise dataset_error(
                "RATING-RUN",
                f"the ratings are of the page {one.review[:16]!r}, which is none of this run's",
                "give the run whose page it is",
                name,
            )
        other = raters.setdefault((key.name, one.rater.casefold()), name)
        if other != name:
            raise dataset_error(
                "RATING-DUPLICATE",
                f"{other} and {name} are of the same rater, {one.rater!r}",
                "give one of them, the later one; two people with one name must tell themselves apart",
                name,
            )
        found.setdefault(key.name, []).extend(_ratings(one, key, name))
    return found


def refuse_changes(new: Sequence[Rating], said: Mapping[str, Mapping[str, Rating]]) -> None:
    """Do nothing when nobody says something else than before.

    Raises:
        RetuneError: `RATING-CHANGED`.
    """
    changed = [one for one in new if one.choice != said.get(one.pair, {}).get(one.rater.casefold(), one).choice]
    if changed:
        raise dataset_error(
            "RATING-CHANGED",
            f"{changed[0].rater} rated {len(changed)} of these pairs in another way before",
            "give --replace to let the new ratings stand, or another name if it is somebody else",
            changed[0].rater,
        )


def _ratings(file: RatingsFile, key: ReviewKey, name: str) -> list[Rating]:
    asked = {one.id: one for one in key.pairs}
    unknown = next((one for one, _ in file.ratings if one not in asked), None)
    if unknown is not None:
        raise _wrong("RATING-ROW", f"the file rates a pair that its page does not have, {unknown[:40]!r}", name)
    rater = file.rater.strip()
    return [
        Rating(asked[one].pair, rater, _choice(choice, asked[one]), asked[one].first_left, key.review)
        for one, choice in file.ratings
    ]


def _choice(choice: SideChoice, asked: AskedPair) -> Choice:
    if choice == "left" or choice == "right":
        return "first" if (choice == "left") == asked.first_left else "second"
    return choice


def _wrong(code: str, message: str, name: str) -> RetuneError:
    return dataset_error(code, message, "ask the rater to save the file again, and leave it as it is", name)
