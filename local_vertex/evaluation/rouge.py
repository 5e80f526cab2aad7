"""ROUGE as rouge-score computes it, except that letters beyond a to z count too.

Sources: Chin-Yew Lin, "ROUGE: A Package for Automatic Evaluation of Summaries" (2004); google-research/rouge for the
tokens, the stemmer and the union of rougeLsum; the service's page "Define your evaluation metrics" for the value: F1.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import LCSseq

from local_vertex.calls import invalid_argument

ROUGE_TYPE = re.compile(r"rouge(?:[1-9]|L|Lsum)")
"""What `RougeSpec.rougeType` may be."""
DEFAULT_ROUGE_TYPE = "rougeLsum"

# rouge-score drops every letter beyond a to z. Chinese and Japanese are written without spaces: each character counts.
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
_LONGEST_UNSTEMMED = 3
_MOST_COMPARISONS = 10**9
"""Of words of two lines; finding which words they have in common takes an eighth of it in bytes."""
_LINE_END = re.compile(r"\n")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n")


def rouge(
    rouge_type: str, prediction: str, reference: str, *, use_stemmer: bool = False, split_summaries: bool = False
) -> float:
    """The F1 score, from 0 to 1; 0 when either text has no word.

    Args:
        rouge_type: `rouge1` to `rouge9`, `rougeL` or `rougeLsum`.
        prediction: Output of the evaluated model.
        reference: What it should be.
        use_stemmer: Whether words are cut to their stem (Porter), if they have more than three letters.
        split_summaries: Whether rougeLsum looks for the ends of sentences itself; else each line is one.

    Raises:
        ServiceError: 400, rougeLsum of two lines with more than about 30,000 words.
    """
    if rouge_type == "rougeLsum":
        ends = _SENTENCE_END if split_summaries else _LINE_END
        predicted_lines, wanted_lines = (
            [words(line, stem=use_stemmer) for line in ends.split(text)] for text in (prediction, reference)
        )
        return _summary_level(predicted_lines, wanted_lines)
    predicted, wanted = (words(text, stem=use_stemmer) for text in (prediction, reference))
    if rouge_type == "rougeL":
        return f1(LCSseq.similarity(predicted, wanted), len(predicted), len(wanted))
    length = int(rouge_type.removeprefix("rouge"))
    grams, wanted_grams = _grams(predicted, length), _grams(wanted, length)
    return f1((grams & wanted_grams).total(), grams.total(), wanted_grams.total())


def words(text: str, *, stem: bool = False) -> list[str]:
    """The words of a text in lower case."""
    found: list[str] = _TOKEN.findall(text.lower())
    if not stem:
        return found
    import snowballstemmer  # 0.1 s, needed by few

    # A stemmer keeps the word that it works on, so threads must not share one.
    stemmer = snowballstemmer.stemmer("porter")
    return [stemmer.stemWord(word) if len(word) > _LONGEST_UNSTEMMED else word for word in found]


def f1(hits: int, predicted: int, wanted: int) -> float:
    """Harmonic mean of precision and recall."""
    return 2 * hits / (predicted + wanted) if hits else 0.0


def _grams(tokens: Sequence[str], length: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(tokens[first:] for first in range(length)), strict=False))


def _summary_level(predicted: Sequence[list[str]], wanted: Sequence[list[str]]) -> float:
    """Words of the reference that the longest common subsequences with the sentences have together, each once."""
    left_predicted, left_wanted = (Counter(word for line in lines for word in line) for lines in (predicted, wanted))
    sizes = left_predicted.total(), left_wanted.total()
    hits = 0
    for sentence in wanted:
        for word in _union(sentence, predicted):
            if left_predicted[word] > 0 and left_wanted[word] > 0:
                hits += 1
                left_predicted[word] -= 1
                left_wanted[word] -= 1
    return f1(hits, *sizes)


def _union(sentence: list[str], predicted: Sequence[list[str]]) -> list[str]:
    places: set[int] = set()
    for other in predicted:
        if len(sentence) * len(other) > _MOST_COMPARISONS:
            raise invalid_argument("A line is too long for rougeLsum in local Vertex; use rougeL, or split it.")
        for step in LCSseq.opcodes(sentence, other):
            if step.tag == "equal":
                places.update(range(step.src_start, step.src_end))
    return [sentence[place] for place in sorted(places)]
