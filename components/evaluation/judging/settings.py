"""The `evaluation.judges` section of the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from components.settings import Settings

JUDGE_METRIC = "judge:"


class JudgeSettings(Settings):
    """A judge, whose scores the gate and the report call `judge:NAME`.

    Attributes:
        kind: `pointwise`: rates every model's answers from 1 to 5; `pairwise`: says whether the candidate's answer is
            better than that of its base model, and of the champion.
        rubric: What a good answer is, in words for the judge. The prompt, the answers and, with `show_reference`, the
            wanted answer are added below it.
        model: Publisher model that judges; pinned, because another judge is another metric.
        samples: How often it is asked about each answer; a pairwise judge so often in each order.
        show_reference: Whether the judge sees the wanted answer.
    """

    kind: Literal["pointwise", "pairwise"] = "pairwise"
    rubric: Annotated[str, Field(min_length=1, max_length=20_000)]
    model: str = "gemini-2.5-flash"
    samples: Annotated[int, Field(ge=1, le=32)] = 2
    show_reference: bool = True
