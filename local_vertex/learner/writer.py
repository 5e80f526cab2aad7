"""Writes an answer: the most probable of the pieces that may come next, again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from typing import NamedTuple

import numpy as np

from local_vertex.learner.adagrad import Matrix
from local_vertex.learner.continuations import Continuations
from local_vertex.learner.features import Row
from local_vertex.learner.language_model import BASE, END, START, LanguageModel, Numbers

LONGEST = 1_000
"""Pieces of an answer; what comes after is not learned and not written."""
_UNLIMITED = LONGEST


class _Place(NamedTuple):
    """What may follow three pieces: the pieces, their limits, and what their scores are before the question counts."""

    pieces: Numbers
    limits: list[int]
    scores: Matrix


class Writer:
    """Answers with a language model, within what training answers have.

    Args:
        model: The weights.
        continuations: Which pieces may follow which.
    """

    def __init__(self, model: LanguageModel, continuations: Continuations) -> None:
        self._model, self._continuations = model, continuations
        self._places: dict[tuple[int, int, int], _Place] = {}

    def forget(self) -> None:
        """The weights have changed."""
        self._places.clear()

    def write(self, row: Row, barred: Set[int]) -> tuple[list[int], float]:
        """The pieces of an answer without its end, and the natural logarithm of their probability.

        The probability is that of each choice among the pieces that may come next. The base model's answer is the
        one piece `BASE`.

        Args:
            row: Features of one question.
            barred: Pieces that this answer cannot have.
        """
        question = row.values @ self._model.question_weights[row.columns]
        before, written, log_probability = (START, START, START), list[int](), 0.0
        taken: Counter[tuple[int, int, int]] = Counter()
        while len(written) < LONGEST:
            place = self._places.get(before) or self._place(before)
            scores = place.scores
            if len(scores) > 1:
                scores = scores + self._model.out_weights[place.pieces] @ question
            piece, logarithm = END, 0.0
            for _ in place.limits:
                best = int(scores.argmax())
                run = before[1], before[2], int(place.pieces[best])
                if run[2] not in barred and taken[run] < place.limits[best]:
                    piece = run[2]
                    logarithm = -float(np.log(np.exp(scores - scores[best]).sum())) if len(scores) > 1 else 0.0
                    break
                scores = scores.copy()
                scores[best] = -np.inf
            log_probability += logarithm
            if piece == END:
                break
            written.append(piece)
            if piece == BASE:
                break
            taken[run] += 1
            before = run
        return written, log_probability

    def _place(self, before: tuple[int, int, int]) -> _Place:
        following = dict(self._continuations.after(before[1:]))
        if before == (START, START, START):
            following[BASE] = _UNLIMITED
        pieces = np.array(list(following), np.int64)
        scores = self._model.out_weights[pieces] @ self._model.of_context(before) + self._model.bias[pieces]
        place = self._places[before] = _Place(pieces, list(following.values()), scores)
        return place
