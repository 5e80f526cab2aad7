"""Locations of the service, which every client of Google Cloud can read.

Source: google.cloud.location.Locations; which there are is `constants.base.SUPPORTED_REGIONS` of
google-cloud-aiplatform 1.165.1, and the multi-regions `us` and `eu` of the service's pages on Gemini 3. What is asked
in another location is answered all the same: a name is no more than a name here.
"""

from __future__ import annotations

from local_vertex.calls import Call, Handler, Json, not_found
from local_vertex.context import Service
from local_vertex.http_api.list_pages import list_page
from local_vertex.resource_labels import filter_fields

_REGIONS = (
    "africa-south1", "asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2", "asia-northeast3",
    "asia-south1", "asia-south2", "asia-southeast1", "asia-southeast2", "australia-southeast1",
    "australia-southeast2", "eu", "europe-central2", "europe-north1", "europe-north2", "europe-southwest1",
    "europe-west1", "europe-west12", "europe-west2", "europe-west3", "europe-west4", "europe-west6", "europe-west8",
    "europe-west9", "global", "me-central1", "me-central2", "me-west1", "northamerica-northeast1",
    "northamerica-northeast2", "southamerica-east1", "southamerica-west1", "us", "us-central1", "us-east1", "us-east4",
    "us-east5", "us-east7", "us-south1", "us-west1", "us-west2", "us-west3", "us-west4", "us-west8",
)  # fmt: skip


class Locations(Service):
    """Where the service is."""

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        return {"projects.locations.get": self.get, "projects.locations.list": self.list}

    def get(self, call: Call) -> Json:
        """The location.

        Raises:
            ServiceError: 404.
        """
        project, _, name = call.names["name"].partition("/locations/")
        if name not in _REGIONS:
            raise not_found(f"Location {name[:70]} is not found or access is unauthorized.")
        return _location(project, name)

    def list(self, call: Call) -> Json:
        """A page of the locations, by name."""
        found = [_location(call.names["name"], name) for name in _REGIONS]
        return list_page("locations", found, call.query, filter_fields)


def _location(project: str, name: str) -> Json:
    labels = {"cloud.googleapis.com/region": name}
    return {"name": f"{project}/locations/{name}", "locationId": name, "labels": labels}
