"""What the service itself knows of base models, apart from any catalogue of the product under test.

Sources: the supervised tuning pages of the service (model list, adapter sizes, CMEK) as of October 2026; regions and
serving locations of Gemini 3 from the same pages. For 2.5 models no list of regions is published: every region is
accepted here. Open models are in `open_models`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from local_vertex.calls import ServiceError, failed_precondition, invalid_argument, not_found
from local_vertex.tuning.open_models import ADAPTER, OPEN_MODELS, REGIONS

_NAME = re.compile(r"(?:(?:projects/[^/]+/locations/[^/]+/)?publishers/google/models/)?(?P<id>[a-z0-9.-]+)")
_OPEN_NAME = re.compile(
    r"(?:(?:projects/[^/]+/locations/[^/]+/)?publishers/)?(?P<publisher>[a-z-]+)/(?:models/)?(?P<id>[a-z0-9_.-]+@[a-z0-9.-]+)"
)
_SIZES = {
    "ADAPTER_SIZE_ONE": 1,
    "ADAPTER_SIZE_TWO": 2,
    "ADAPTER_SIZE_FOUR": 4,
    "ADAPTER_SIZE_EIGHT": 8,
    "ADAPTER_SIZE_SIXTEEN": 16,
    "ADAPTER_SIZE_THIRTY_TWO": 32,
}
_DEFAULT_SIZE = 4
_MULTI_REGION = {"us-central1": "us", "europe-west4": "eu"}


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A foundation model.

    Attributes:
        name: Identifier, e.g. `gemini-2.5-flash`.
        largest_adapter: Largest adapter size that it can be tuned with.
        multi_region: Whether it is tuned in us-central1 and europe-west4 only, served from `us` and `eu` when tuned,
            and tuned without customer-managed keys, as Gemini 3 is.
        small: A model of the smaller kind, whose stand-in reads words less well.
        modes: For an open model what can be tuned of it, `ADAPTER` and `FULL`; empty for Gemini.
    """

    name: str
    largest_adapter: int = 16
    multi_region: bool = False
    small: bool = False
    modes: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether its weights are open, so that a tuned version is a folder of weights and not an endpoint."""
        return bool(self.modes)

    @property
    def publisher_name(self) -> str:
        """`publishers/P/models/M`."""
        publisher, _, model = self.name.rpartition("/")
        return f"publishers/{publisher or 'google'}/models/{model}"

    def adapter_size(self, enum_name: str | None) -> int:
        """Rank of the adapter that a request names; 4 where it names none.

        Raises:
            ServiceError: 400, the model cannot be tuned with this size.
        """
        size = _SIZES.get(enum_name or "", _DEFAULT_SIZE)
        if size > self.largest_adapter:
            raise invalid_argument("The adapter size is not supported for this base model.")
        return size

    def check_tuning(self, location: str, *, customer_key: bool) -> None:
        """Nothing when the model can be tuned there.

        Raises:
            ServiceError: 400, naming what is not supported.
        """
        if self.is_open:
            return self._check_open_tuning(location, customer_key=customer_key)
        if location in ("global", "us", "eu"):
            raise failed_precondition(f"Tuning of {self.name} is not supported in location {location}.")
        if self.multi_region and location not in _MULTI_REGION:
            raise failed_precondition(
                f"Tuning of {self.name} is not supported in location {location}; use us-central1 or europe-west4."
            )
        if self.multi_region and customer_key:
            raise invalid_argument(f"Customer-managed encryption keys are not supported for tuning {self.name}.")

    def _check_open_tuning(self, location: str, *, customer_key: bool) -> None:
        if location == "global":
            raise ServiceError(501, "UNIMPLEMENTED", "local Vertex tunes open models in a region, not in global.")
        if location not in REGIONS:
            raise failed_precondition(f"Tuning of {self.name} is not supported in location {location}.")
        if customer_key:
            raise invalid_argument(f"Customer-managed encryption keys are not supported for tuning {self.name}.")

    def serving_location(self, tuning_location: str) -> str:
        """Where endpoints of models answer that were tuned from it in a region.

        Raises:
            ServiceError: 400, its tuned models cannot be in this region.
        """
        if not self.multi_region:
            return tuning_location
        if tuning_location not in _MULTI_REGION:
            raise failed_precondition(f"Models tuned from {self.name} are not supported in {tuning_location}.")
        return _MULTI_REGION[tuning_location]


_MODELS = {
    model.name: model
    for model in (
        BaseModel("gemini-3.5-flash", multi_region=True),
        BaseModel("gemini-3.5-flash-lite", multi_region=True, small=True),
        BaseModel("gemini-3.1-flash-lite", multi_region=True, small=True),
        BaseModel("gemini-2.5-pro", largest_adapter=8),
        BaseModel("gemini-2.5-flash"),
        BaseModel("gemini-2.5-flash-lite", small=True),
    )
}


_OPEN = {
    name: BaseModel(name, largest_adapter=32 if ADAPTER in modes else 0, modes=modes)
    for name, modes in OPEN_MODELS.items()
}


def find_tunable(name: str) -> BaseModel | None:
    """The model that a tuning job or a tuned version names, open models included; None for one that nobody tunes."""
    match = _OPEN_NAME.fullmatch(name)
    return find_base_model(name) or (_OPEN.get(f"{match['publisher']}/{match['id']}") if match else None)


def find_base_model(name: str) -> BaseModel | None:
    """The Gemini model of an identifier or publisher model name, None for one that the service does not offer."""
    match = _NAME.fullmatch(name)
    return _MODELS.get(match["id"]) if match else None


def offered_base_model(name: str) -> BaseModel:
    """The model of an identifier or publisher model name.

    Raises:
        ServiceError: 404, the service does not offer it.
    """
    base_model = find_base_model(name)
    if base_model is None:
        raise not_found(
            f"Publisher Model `{name}` was not found or your project does not have access to it. Please ensure you are "
            "using a valid model version."
        )
    return base_model


def base_model_names() -> list[str]:
    """Identifiers of the base models that the service offers, in alphabetical order."""
    return sorted(_MODELS)
