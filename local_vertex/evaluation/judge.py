"""The judge: a rule in the place of a language model, which local Vertex does not have.

It is honest, not clever. How good a response is, from 0 to 1, is how alike it is to the reference (ROUGE-L of words);
where the instance has none, the share of its words that the other fields have. A judge that is asked several times
answers differently, and one that is shown two responses prefers the first; both are in the rule, so that more samples
and flipping have an effect that can be seen and tested. Noise is drawn from the model's name, the rendered prompt and
the number of the sample, so the same request always gets the same verdict.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from local_vertex.evaluation.autorater import Autorater
from local_vertex.evaluation.prompts import Prompt
from local_vertex.evaluation.rating_scale import RatingScale
from local_vertex.evaluation.rouge import rouge, words

NOISE = 0.15
"""A sample's quality is off by up to this much, either way."""
POSITION_BIAS = 0.1
"""What a judge adds to the response that it is shown first."""
TIE = 0.05
"""Responses whose qualities differ by less than this are equally good."""
REFERENCE = "reference"
_RULE = "Verdict of local Vertex's rule, no language model"


@dataclass(frozen=True, slots=True)
class Rated:
    """A pointwise verdict.

    Attributes:
        ratings: One per sample.
        explanation: How the rule came to it.
    """

    ratings: list[int]
    explanation: str

    @property
    def score(self) -> float:
        """The mean of the samples."""
        return sum(self.ratings) / len(self.ratings)

    @property
    def confidence(self) -> float:
        """The share of samples that gave the most frequent rating."""
        return Counter(self.ratings).most_common(1)[0][1] / len(self.ratings)


@dataclass(frozen=True, slots=True)
class Compared:
    """A pairwise verdict.

    Attributes:
        choices: `BASELINE`, `CANDIDATE` or `TIE`, one per sample.
        explanation: How the rule came to it.
    """

    choices: list[str]
    explanation: str

    @property
    def choice(self) -> str:
        """What most samples chose; `TIE` when as many chose one as the other."""
        votes = Counter(self.choices)
        lead = votes["CANDIDATE"] - votes["BASELINE"]
        if votes["TIE"] > max(votes["CANDIDATE"], votes["BASELINE"]) or not lead:
            return "TIE"
        return "CANDIDATE" if lead > 0 else "BASELINE"

    @property
    def confidence(self) -> float:
        """The share of samples that agree with the choice."""
        return self.choices.count(self.choice) / len(self.choices)


def rate(autorater: Autorater, prompt: Prompt, response: str, scale: RatingScale) -> Rated:
    """Judge one response.

    Args:
        autorater: The judge.
        prompt: Template and fields.
        response: Name of the field to judge.
        scale: What to rate on.
    """
    quality, basis = _quality(prompt.fields, response, {response})
    rendered = prompt.render()
    ratings = [
        scale.rating(quality + _noise(autorater.model, prompt.system_instruction, rendered, sample))
        for sample in range(autorater.samples)
    ]
    counted = ", ".join(str(rating) for rating in ratings)
    return Rated(
        ratings,
        f"{_RULE}: {response!r} has quality {quality:.2f} ({basis}); on the scale from {scale.lowest} to"
        f" {scale.highest}, with seeded noise, the samples are {counted}.",
    )


def compare(autorater: Autorater, prompt: Prompt, candidate: str, baseline: str, *, flip: bool) -> Compared:
    """Judge which of two responses is better.

    Args:
        autorater: The judge.
        prompt: Template and fields.
        candidate: Name of the field with the one response.
        baseline: Name of the field with the other.
        flip: Whether every second sample shows them in each other's place.
    """
    responses = {candidate, baseline}
    of_candidate, basis = _quality(prompt.fields, candidate, responses)
    of_baseline, _ = _quality(prompt.fields, baseline, responses)
    shown, flipped = prompt.render(), prompt.swapped(candidate, baseline).render()
    bias = POSITION_BIAS if prompt.shows_first(candidate, baseline) else -POSITION_BIAS
    choices = []
    for sample in range(autorater.samples):
        turned = flip and sample % 2 == 1
        noise = _noise(autorater.model, prompt.system_instruction, flipped if turned else shown, sample)
        advantage = of_candidate - of_baseline + noise + (-bias if turned else bias)
        choices.append("TIE" if abs(advantage) < TIE else "CANDIDATE" if advantage > 0 else "BASELINE")
    votes = Counter(choices)
    counted = ", ".join(f"{votes[choice]} {choice}" for choice in ("CANDIDATE", "BASELINE", "TIE"))
    turns = autorater.samples // 2 if flip else 0
    return Compared(
        choices,
        f"{_RULE}: {candidate!r} has quality {of_candidate:.2f}, {baseline!r} {of_baseline:.2f} ({basis}); with seeded"
        f" noise and a preference for what is shown first, flipped in {turns} samples, the votes are {counted}.",
    )


def _quality(fields: Mapping[str, str], response: str, responses: set[str]) -> tuple[float, str]:
    """The quality of a response, and what it was measured by."""
    reference = fields.get(REFERENCE, "")
    if reference and REFERENCE not in responses:
        return rouge("rougeL", fields[response], reference), "ROUGE-L with the reference"
    own = set(words(fields[response]))
    others = {word for name, text in fields.items() if name not in responses for word in words(text)}
    return len(own & others) / len(own) if own else 0.0, "share of its words that the other fields have"


def _noise(model: str, system_instruction: str, rendered: str, sample: int) -> float:
    identity = json.dumps([model, system_instruction, rendered, sample])
    drawn = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8], "big") / 2**64
    return NOISE * (2 * drawn - 1)
