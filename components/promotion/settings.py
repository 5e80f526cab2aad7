"""One entry of the configuration's `environments` section."""

from __future__ import annotations

from pydantic import Field

from components.gcp.cloud_settings import CloudSettings
from components.settings import Settings


class EnvironmentSettings(Settings):
    """Another environment that the champion of this one can be promoted to.

    Attributes:
        cloud: Its project, region and bucket.
        test: Its own test set: a `gs://` address, or a path relative to the configuration file; empty for the test file
            of `dataset`.
        approvers: Who may approve, as `--by` or the account says; empty for anyone who may write to its bucket.
    """

    cloud: CloudSettings
    test: str = ""
    approvers: tuple[str, ...] = Field(default=())
