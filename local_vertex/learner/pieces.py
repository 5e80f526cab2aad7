"""Answers as sequences of pieces: words and signs with the space before them, and words copied from the question.

A copied piece says which word of the question stands there and not the word itself, so that a model that has learned
"Open the router" from a question about a router can answer about a kettle.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Chinese and Japanese have no spaces between words: there every character is a piece.
_PIECE = re.compile(r"\s*(?:[^\W\u3040-\u30ff\u3400-\u9fff]+|.)", re.DOTALL)
_DIGIT = re.compile(r"\d")
_COPIED = "\0"
"""Begins the name of a copied piece; a piece of a text has it alone."""
_SHORTEST_COPY = 2
_MOST_COPIES = 8
_LARGEST_SHARE = 0.1
"""A word that more of the answers have belongs to how they are written."""
_RELIABLE = 0.8
"""Part of the occurrences in questions that answers must repeat."""


def split(text: str) -> list[str]:
    """The pieces of a text, which joined are the text again."""
    return _PIECE.findall(text)


@dataclass(frozen=True, slots=True)
class Copying:
    """Which words of a question may stand in its answer.

    Attributes:
        names: Words that an answer of the training file has when its question has them, and only then.
        plain: Other words of the training questions, which are never copied.
        with_new: Whether words that the training questions do not have are copied too.
    """

    names: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    with_new: bool = False

    @classmethod
    def learn(cls, questions: Sequence[str], answers: Sequence[str]) -> Copying:
        """What the training file copies, told from each question and its answer."""
        asked = [_words(question) for question in questions]
        given = [_words(answer) for answer in answers]
        in_questions = Counter(word for words in asked for word in words)
        in_answers = Counter(word for words in given for word in words)
        in_both = Counter(word for words, others in zip(given, asked, strict=True) for word in words & others)
        most = max(1, _LARGEST_SHARE * len(answers))
        names = {
            word
            for word, count in in_both.items()
            if count == in_answers[word] <= most and count >= _RELIABLE * in_questions[word]
        }
        # What becomes of words that are in one question alone tells what to do with words that are in none.
        rare = [word for word, count in in_questions.items() if count == 1 and not _DIGIT.search(word)]
        with_new = sum(word in names for word in rare) >= _RELIABLE * len(rare)
        if not with_new:
            names -= set(rare)
        plain = {word for word in in_questions if not _DIGIT.search(word)}
        return cls(frozenset(names), frozenset(plain - names), with_new)

    def with_more(self, later: Copying) -> Copying:
        """What both training files say; a word that one of them copies is copied."""
        names = self.names | later.names
        return Copying(names, (self.plain | later.plain) - names, self.with_new and later.with_new)

    def copies(self, question: str) -> dict[str, str]:
        """The words that an answer may copy, by the name of the copied piece.

        Numbers count by themselves, then the other words: known names first, then new ones; each in the order of
        the question.
        """
        words = list(dict.fromkeys(piece.strip() for piece in split(question)))
        words = [word for word in words if len(word) >= _SHORTEST_COPY or word.isdecimal()]
        numbers = [word for word in words if _DIGIT.search(word)]
        names = [word for word in words if word in self.names and word not in numbers]
        new = [word for word in words if word not in self.plain and word not in self.names and word not in numbers]
        new = new if self.with_new else []
        return {
            **{f"{_COPIED}number{place}": word for place, word in enumerate(numbers[:_MOST_COPIES])},
            **{f"{_COPIED}word{place}": word for place, word in enumerate([*names, *new][:_MOST_COPIES])},
        }

    def pieces(self, answer: str, question: str) -> list[str]:
        """The pieces of an answer, those copied from the question by name."""
        names = {word: name for name, word in self.copies(question).items()}
        return [_renamed(piece, names) for piece in split(answer)]


def joined(pieces: Iterable[str], copies: dict[str, str]) -> str:
    """The text of pieces, with the words that the question has for copied ones."""
    return "".join(_renamed(piece, copies) for piece in pieces)


def copied(piece: str) -> str:
    """The name of what a piece copies; nothing for a piece that stands for itself."""
    name = piece.lstrip()
    return name if name.startswith(_COPIED) and len(name) > 1 else ""


def _renamed(piece: str, names: dict[str, str]) -> str:
    word = piece.lstrip()
    return piece[: len(piece) - len(word)] + names.get(word, word)


def _words(text: str) -> set[str]:
    words = {piece.strip() for piece in split(text)}
    return {word for word in words if len(word) >= _SHORTEST_COPY or word.isdecimal()}
