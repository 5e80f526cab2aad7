"""The `cloud` section of the configuration: where things live."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from components.gcp.resource_names import location_of
from components.settings import Settings


class CloudSettings(Settings):
    """Project, region and bucket of one environment.

    Attributes:
        project: Google Cloud project; any name on local Vertex.
        location: Region of tuning jobs, registry and pipeline runs, for example `us-central1`.
        bucket: Bucket of snapshots, ledger, reports and the pipeline root, without `gs://`.
        service_account: E-mail of the account that pipeline tasks run as; empty for the project's default.
        tuning_service_account: E-mail of the account that the tuning job reads the snapshot with; empty for the
            service's own agent.
        kms_key: Customer-managed key that tuned models, their copies, endpoints, batches and runs are encrypted with,
            in the same region (`projects/P/locations/L/keyRings/R/cryptoKeys/K`); empty for Google's own encryption.
    """

    project: Annotated[str, Field(min_length=1)]
    location: Annotated[str, Field(pattern=r"^[a-z]+-[a-z]+[0-9]+$")]
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$")]
    service_account: str = ""
    tuning_service_account: str = ""
    kms_key: Annotated[
        str, Field(pattern=r"^(projects/[^/]+/locations/[a-z0-9-]+/keyRings/[^/]+/cryptoKeys/[^/]+)?$")
    ] = ""

    def key_in(self, location: str) -> str:
        """The key for a resource of that location; empty elsewhere, as a key is used in its own region only.

        Source: `EncryptionSpec.kmsKeyName` of the Vertex AI API.
        """
        return self.kms_key if location_of(self.kms_key, default="") == location else ""
