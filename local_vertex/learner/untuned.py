"""The base model's stand-in: picks the option whose words are most like the user's, having learned nothing.

It stands for a foundation model that has read the instruction but not the training data. Real base models are better;
what matters for a pipeline is that tuning has something to improve on and that the answers are the same every time.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from functools import lru_cache

from local_vertex.learner.examples import Question
from local_vertex.learner.learner import Answer
from local_vertex.learner.options import Options, read_options

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?")
_SUFFIXES = ("ations", "ation", "ings", "ing", "ied", "ies", "ed", "es", "s", "al")
_SHORTEST_STEM = 3
_CONFIDENCE = 2.0
"""Factor on the similarity in the softmax that gives the probability of an answer."""


class Untuned:
    """A base model.

    Args:
        stems: Whether word endings are cut off before words are compared; smaller models do without.
    """

    def __init__(self, *, stems: bool = True) -> None:
        self._stems = stems

    def answer(self, question: Question) -> Answer:
        """The best of the options in the instruction, or a sentence where the instruction lists none."""
        options = _options(question.instruction)
        words = self._words(question.conversation)
        if options.keys:
            chosen = {key: self._choose(values, words) for key, values in options.keys}
            text = json.dumps({key: _json_value(answer.text) for key, answer in chosen.items()}, ensure_ascii=False)
            return Answer(text, sum(answer.log_probability for answer in chosen.values()))
        if options.texts:
            return self._choose(options.texts, words)
        return Answer(_prose(question.conversation), 0.0)

    def _choose(self, options: tuple[str, ...], words: frozenset[str]) -> Answer:
        scores = [_similarity(weights, words) for weights in self._weights(options)]
        best = max(range(len(options)), key=scores.__getitem__)
        total = sum(math.exp(_CONFIDENCE * (score - scores[best])) for score in scores)
        return Answer(options[best], -math.log(total))

    @lru_cache(maxsize=64)  # noqa: B019 - there are two base models for the life of the server
    def _weights(self, options: tuple[str, ...]) -> list[dict[str, float]]:
        """The words of every option, rarer ones among the options weighing more, with length 1."""
        described = [self._words(option) for option in options]
        spread = Counter(word for words in described for word in words)
        found = []
        for words in described:
            weights = {word: math.log(1 + len(options) / spread[word]) for word in sorted(words)}
            length = math.hypot(*weights.values()) or 1.0
            found.append({word: weight / length for word, weight in weights.items()})
        return found

    def _words(self, text: str) -> frozenset[str]:
        found = _WORD.findall(text.lower())
        return frozenset(map(_stem, found) if self._stems else found)


def _similarity(weights: dict[str, float], words: frozenset[str]) -> float:
    return sum(weight for word, weight in weights.items() if word in words)


def _json_value(text: str) -> str | bool | int | float | None:
    """The option as JSON has it: `true` and `3` are not texts."""
    if text in ("true", "false", "null") or _NUMBER.fullmatch(text):
        value: bool | int | float | None = json.loads(text)
        return value
    return text


@lru_cache(maxsize=10_000)
def _stem(word: str) -> str:
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM:
            word = word[: -len(suffix)]
            break
    return word.rstrip("e") or word


def _prose(conversation: str) -> str:
    first = conversation.strip().splitlines()[0] if conversation.strip() else "nothing"
    return f"Here is what I understand of your message: {first[:200]}"


@lru_cache(maxsize=64)
def _options(instruction: str) -> Options:
    return read_options(instruction)
