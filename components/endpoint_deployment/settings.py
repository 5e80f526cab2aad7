"""The `serving` section of the configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from components.settings import Settings


class ServingSettings(Settings):
    """How a promoted version takes over.

    Attributes:
        endpoint: Display name of the stable endpoint; empty for the name of the model line. Used for base models whose
            tuned versions may be deployed in their own region; others are called at the endpoint that tuning made.
        probes: Test prompts that must be answered before and after the traffic moves.
    """

    endpoint: str = ""
    probes: Annotated[int, Field(ge=1, le=100)] = 5
