"""Copies of a model version across projects and regions, in as many hops as the service needs."""

from __future__ import annotations

from dataclasses import dataclass

from components.gcp.cloud_settings import CloudSettings
from components.gcp.model_registry import ModelRegistry
from components.gcp.resource_names import location_of


@dataclass(frozen=True)
class Hop:
    """One copy.

    Attributes:
        project: Where the copy goes.
        location: Where the copy goes.
        intermediate: Whether it is only on the way, and is deleted when the next one is there.
    """

    project: str
    location: str
    intermediate: bool = False


def hops(project: str, location: str, to_project: str, to_location: str) -> list[Hop]:
    """The copies from one project and region to another; none when both are the same.

    One copy changes the project or the region. Where both change, the region comes first
    (https://docs.cloud.google.com/vertex-ai/docs/model-registry/copy-model; google/skills, copy_deploy_guide).
    """
    if project != to_project and location != to_location:
        return [Hop(project, to_location, intermediate=True), Hop(to_project, to_location)]
    return [] if (project, location) == (to_project, to_location) else [Hop(to_project, to_location)]


def model_id(name: str, fingerprint: str) -> str:
    """Identifier of the copies of a version: the same version is copied once."""
    return f"{name}-{fingerprint[:16]}"


def endpoint_name(identifier: str, location: str) -> str:
    """Name of the endpoint at which a copy is asked: environments in two regions of a project share its multi-region.

    Args:
        identifier: From `model_id`.
        location: The environment's region.
    """
    return f"{identifier}-{location}"


def copy_across(cloud: CloudSettings, source: str, way: list[Hop], identifier: str) -> str:
    """Registry name with version of the copy at the end of the way; what is there already is not copied again.

    Args:
        cloud: The destination, for everything but project and region.
        source: Registry name with version.
        way: From `hops`; at least one.
        identifier: From `model_id`.
    """
    registries = [
        ModelRegistry(cloud.model_copy(update={"project": hop.project, "location": hop.location})) for hop in way
    ]
    names = [f"projects/{hop.project}/locations/{hop.location}/models/{identifier}" for hop in way]
    there = registries[-1].find(names[-1])
    if there is None:
        for registry in registries:
            source = registry.copy(source, identifier)
            print(f"copied to {source}", flush=True)
    for hop, registry, name in zip(way, registries, names, strict=True):
        passed = registry.find(name) if hop.intermediate else None
        if passed:
            registry.delete(passed.model)
    return there.model if there else source


def region_of(model: str) -> str:
    """The region of a registry name."""
    return location_of(model, default="")
