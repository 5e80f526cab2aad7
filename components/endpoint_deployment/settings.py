"""The `serving` section of the configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from components.settings import Settings
from components.shadow.settings import ShadowSettings


class GoldenPrompt(Settings):
    """A prompt whose answer is known.

    Attributes:
        prompt: What is asked.
        system_instruction: Sent along; empty for none.
        contains: What the answer must contain, capitals and small letters alike; empty for any answer.
    """

    prompt: Annotated[str, Field(min_length=1)]
    system_instruction: str = ""
    contains: str = ""


class ServingSettings(Settings):
    """How a promoted version takes over.

    Attributes:
        endpoint: Display name of the stable endpoint; empty for the name of the model line. Used for base models whose
            tuned versions may be deployed in their own region; others are called at the endpoint that tuning made.
        steps: Percent of the traffic, step by step; the last one is 100. Where the service refuses to split the
            traffic of tuned models, all of it moves at once.
        probes: Test prompts that the new version must answer before the traffic moves and at every step.
        golden_prompts: Prompts that the new version must answer as they say, before the traffic moves and at each step.
        max_error_increase: Share of the probes that may fail at a step beyond those that fail at the champion.
        max_latency_ratio: How many times the champion's median latency, measured at each step, a step may take.
        shadow: Logged prompts that champion and candidate are asked before any traffic moves; none by default.
    """

    endpoint: str = ""
    steps: tuple[Annotated[int, Field(ge=1, le=100)], ...] = (10, 50, 100)
    probes: Annotated[int, Field(ge=1, le=100)] = 5
    golden_prompts: tuple[GoldenPrompt, ...] = ()
    max_error_increase: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    max_latency_ratio: Annotated[float, Field(gt=1.0)] = 3.0
    shadow: ShadowSettings | None = None

    @field_validator("steps")
    @classmethod
    def _ends_with_all(cls, steps: tuple[int, ...]) -> tuple[int, ...]:
        if not steps or list(steps) != sorted(set(steps)) or steps[-1] != 100:
            raise ValueError("the steps must rise and end with 100")
        return steps
