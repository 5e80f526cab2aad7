"""What the catalogue knows of a base model."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal

import msgspec

from components.bounds import Bounds


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Prices in US dollars per million tokens; None where no price is published.

    Attributes:
        training: Per training token and epoch.
        input: Per prompt token.
        output: Per answer token.
        source: Where the figures are from.
        as_of: Day on which they were read.
    """

    training: Annotated[float, Bounds(ge=0)] | None
    input: Annotated[float, Bounds(ge=0)] | None
    output: Annotated[float, Bounds(ge=0)] | None
    source: str
    as_of: datetime.date


Modality = Literal["image", "audio", "video", "document"]
TuningMode = Literal["adapter", "full"]
"""What is tuned: a low-rank adapter, or all weights, which the service offers for some open models only."""


@dataclass(frozen=True, kw_only=True)
class ModalityLimits:
    """What the service accepts of one kind of file; None where no document gives a number.

    Attributes:
        max_files: Files of this kind in one example.
        max_bytes: Size of one file.
        max_seconds: Length of one file, or of the clip that `videoMetadata` cuts out of it.
        max_seconds_low: The same where the media resolution is low.
        max_pages: Pages of one file.
        mime_types: MIME types that are known to be read; others are warned about.
    """

    max_files: int | None = None
    max_bytes: int | None = None
    max_seconds: float | None = None
    max_seconds_low: float | None = None
    max_pages: int | None = None
    mime_types: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the service accepts for one base model; the numbers are those of the catalogue.

    Where documentation pages disagree, the newest number is the limit and the others are in `older_*`: above the
    limit is an error, above an older number a warning
    (https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning and its
    API reference page).

    Attributes:
        tokens_per_example: Input and output tokens of one example, system instruction included.
        max_train_bytes: Size of the training file.
        max_examples_text: Training examples where no example has a file.
        max_examples_multimodal: Training examples where some example has a file.
        max_validation_share: Validation examples as a share of the training examples...
        validation_share_from: ...which counts once there are more validation examples than this.
        older_max_validation_examples: Lower numbers of validation examples that other pages give.
        older_max_examples_text: Lower numbers of text examples that other pages give.
        media: Limits of files by modality; nothing is checked of a modality that is not there.
    """

    tokens_per_example: int
    max_train_bytes: int
    max_examples_text: int
    max_examples_multimodal: int
    max_validation_share: float
    validation_share_from: int
    older_max_validation_examples: tuple[int, ...] = ()
    older_max_examples_text: tuple[int, ...] = ()
    media: dict[Modality, ModalityLimits] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class BaseModelFacts:
    """One entry of the catalogue.

    Attributes:
        open_model: Whether its weights are open. A tuned open model is a folder of weights in Cloud Storage that
            nothing serves until it is deployed on machines of one's own.
        adapter_sizes: Ranks of adapters that the service accepts; empty when only all weights are tuned.
        tuning_modes: What can be tuned of it.
        tuning_regions: Regions that tune it; empty when the documents name none, which means any region.
        serving: `region` when a tuned version answers where it was tuned, `multi_region` when only at `us` or `eu`,
            `own_endpoint` when it has to be deployed first.
        thinking: How thinking is switched off or held down for tuned models: `budget:0`, `budget:128`, `level:minimal`;
            empty when there is no such control.
        cmek: Whether customer-managed keys are supported.
        batch: Whether a tuned version supports batch prediction.
        continuous: Whether a tuned version can be tuned again with `preTunedModel`.
        evaluation_regions: Regions that evaluate checkpoints while tuning; empty where none does.
        max_validation_bytes_share: Size of the validation file as a share of the training file that the service refuses
            above; None where no such rule is known.
        limits: Limits of the tuning service.
        prices: Prices with their source.
        earliest_retirement: First day on which Google may switch it off; None where no day is announced.
        retirement_source: Where that day is from.
        retired: Day on which it was switched off; None while it is offered.
    """

    open_model: bool = False
    adapter_sizes: tuple[int, ...]
    tuning_modes: Annotated[tuple[TuningMode, ...], Bounds(min_length=1)] = ("adapter",)
    tuning_regions: tuple[str, ...] = ()
    serving: Literal["region", "multi_region", "own_endpoint"]
    thinking: Literal["budget:0", "budget:128", "level:minimal", ""]
    cmek: bool
    batch: bool
    continuous: bool = False
    evaluation_regions: tuple[str, ...] = ()
    max_validation_bytes_share: Annotated[float, Bounds(gt=0)] | None = None
    limits: Limits
    prices: Prices
    earliest_retirement: datetime.date | None = None
    retirement_source: str = ""
    retired: datetime.date | None = None

    def to_dict(self) -> dict[str, Any]:
        """The entry as a configuration has it under `base_models`: days are text, nothing is left out."""
        facts: dict[str, Any] = msgspec.to_builtins(asdict(self))
        return facts
