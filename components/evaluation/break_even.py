"""When tuning is the cheaper way: a tuned model with a short prompt against the base model with a longer one."""

from __future__ import annotations

import math

import msgspec

FEW_SHOT = (5, 10, 20, 50, 100)
"""Numbers of examples in a prompt that the report reckons with."""


class BreakEven(msgspec.Struct, frozen=True):
    """What a candidate and its base model cost per answer, and what tuning cost.

    A tuned Gemini model is billed at the price of its base model, without a charge for hosting
    (https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning/about). It saves
    money where it replaces instructions and examples that the base model needs in every prompt.

    Attributes:
        candidate: Fingerprint of the candidate.
        training_usd: What tuning costs by the catalogue, also where an earlier run paid for it; None when no price or
            number of tokens is known.
        base_usd: What an answer of the base model costs with the prompts of the test set; None when unknown.
        candidate_usd: The same of the candidate.
        usd_per_million_input: Price of a million input tokens of the base model; None when unknown.
        example_tokens: Tokens of a training example, on average: what one more example in the prompt adds; None when
            unknown.
    """

    candidate: str
    training_usd: float | None
    base_usd: float | None
    candidate_usd: float | None
    usd_per_million_input: float | None
    example_tokens: float | None

    @property
    def unknown(self) -> str:
        """What is missing to reckon with, in words; empty when nothing is."""
        missing = {
            "the price of training": self.training_usd is None,
            "the price of input tokens": self.usd_per_million_input is None,
            "the cost of the base model's answers": self.base_usd is None,
            "the cost of the candidate's answers": self.candidate_usd is None,
        }
        return ", ".join(what for what, absent in missing.items() if absent)

    def saved_per_answer(self, extra_tokens: float) -> float:
        """What the candidate saves per answer when the base model's prompt is so many tokens longer, US dollars.

        Only where nothing is `unknown`.
        """
        assert self.base_usd is not None
        assert self.candidate_usd is not None
        assert self.usd_per_million_input is not None
        return self.base_usd + extra_tokens * self.usd_per_million_input / 1e6 - self.candidate_usd

    def equal_at(self) -> float:
        """By how many tokens the base model's prompt must be longer for both to cost the same per answer.

        0 when the candidate costs no more with the same prompts. Only where nothing is `unknown`.
        """
        assert self.usd_per_million_input is not None
        difference = -self.saved_per_answer(0)
        if difference <= 0:
            return 0.0
        return difference * 1e6 / self.usd_per_million_input if self.usd_per_million_input else math.inf

    def answers_until_paid(self, extra_tokens: float) -> int | None:
        """After how many answers training is paid back; None when it never is. Only where nothing is `unknown`."""
        assert self.training_usd is not None
        saved = self.saved_per_answer(extra_tokens)
        # Smaller differences are rounding.
        return math.ceil(round(self.training_usd / saved, 6)) if saved > 1e-12 else None

    def prompts(self) -> list[tuple[int, float]]:
        """Numbers of examples in a prompt, and how many tokens they add; empty when the length is unknown."""
        return [(number, number * self.example_tokens) for number in FEW_SHOT] if self.example_tokens else []
