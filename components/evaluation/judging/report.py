"""What a judge's verdicts say about the judge."""

from __future__ import annotations

import msgspec


class JudgeReport(msgspec.Struct, frozen=True):
    """How far a judge can be trusted, and what it cost.

    Attributes:
        name: Its metric, `judge:NAME`, or `own:NAME` for a metric that is a prompt.
        kind: `pointwise` or `pairwise`.
        model: Who judged.
        samples: Per question.
        identity: SHA-256 (hex) of model, samples and prompt; another one is another metric.
        questions: Put to the judge, in each order.
        unjudged: Of those, without a readable verdict; their rows have no score.
        sample_agreement: Mean share of a question's samples that say the same; None with one sample.
        order_agreement: Share of pairs on which both orders prefer the same answer; None for a pointwise judge.
        first_preferred: Share of decided samples that prefer the answer shown first, 0.5 without a position bias; None
            for a pointwise judge, or where all are ties.
        cost_usd: Estimated list price of all questions, kept ones included; None where the price is unknown.
    """

    name: str
    kind: str
    model: str
    samples: int
    identity: str
    questions: int
    unjudged: int
    sample_agreement: float | None
    order_agreement: float | None
    first_preferred: float | None
    cost_usd: float | None
