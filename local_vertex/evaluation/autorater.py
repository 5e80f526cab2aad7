"""Which judge an evaluation asks, and how often.

Source: `AutoraterConfig` of the service: 4 samples where nothing is said, 1 to 32; candidate and baseline are flipped
in half of the samples unless that is turned off; a judge is a publisher model or a tuned endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass

from local_vertex.calls import Json, invalid_argument, not_found
from local_vertex.resource_names import canonical
from local_vertex.serving.served_models import find_endpoint
from local_vertex.state import State
from local_vertex.tuning.base_models import find_base_model

DEFAULT_MODEL = "publishers/google/models/gemini-2.5-flash"
_DEFAULT_SAMPLES, _MOST_SAMPLES = 4, 32


@dataclass(frozen=True, slots=True)
class Autorater:
    """A judge.

    Attributes:
        model: Name of the model or endpoint.
        samples: How often each instance is judged.
        flip: Whether candidate and baseline change places in half of the samples; None where the request does not say.
    """

    model: str = DEFAULT_MODEL
    samples: int = _DEFAULT_SAMPLES
    flip: bool | None = None


def find_autorater(state: State, location: str, config: Json, *, allow_cross_region: bool) -> Autorater:
    """The judge of an `autoraterConfig`.

    Args:
        state: Where the endpoints are.
        location: `projects/N/locations/L` of the request.
        config: The `AutoraterConfig`; empty for the service's own.
        allow_cross_region: Whether the judge may be elsewhere, `allowCrossRegionModel`.

    Raises:
        ServiceError: 400 for a number of samples that is out of range or a judge elsewhere, 404 for an unknown judge.
    """
    samples = config.get("samplingCount", _DEFAULT_SAMPLES)
    if not 1 <= samples <= _MOST_SAMPLES:
        raise invalid_argument(f"autorater_config.sampling_count must be in the range [1, {_MOST_SAMPLES}].")
    model = config.get("autoraterModel") or DEFAULT_MODEL
    if "/endpoints/" in model:
        find_endpoint(state, canonical(model))
    elif "publishers/" not in model or find_base_model(model) is None:
        raise not_found(f"The autorater model `{model[:200]}` was not found; name a publisher model or an endpoint.")
    _check_region(model, location, allow_cross_region)
    return Autorater(model, samples, config.get("flipEnabled"))


def _check_region(model: str, location: str, allow_cross_region: bool) -> None:
    if not model.startswith("projects/") or allow_cross_region:
        return
    there, here = model.split("/")[3], location.split("/")[3]
    if there != here:
        raise invalid_argument(
            f"The autorater model is in {there}, the request in {here}; set allow_cross_region_model to judge there."
        )
