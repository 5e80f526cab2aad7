"""One entry of the configuration's `environments` section."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from components.errors import configuration_error
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


def check_environments(cloud: CloudSettings, environments: Mapping[str, EnvironmentSettings]) -> None:
    """Return when every environment has a place of its own.

    In one project and region two environments of a model line would have one stable endpoint and each other's models;
    with one bucket they would have one ledger.

    Raises:
        RetuneError: `CONFIG-SHARED`.
    """
    seen = {"this one": cloud}
    for name, environment in environments.items():
        for other, there in seen.items():
            here = environment.cloud
            shared = "bucket" if here.bucket == there.bucket else "project and region"
            if shared == "bucket" or (here.project, here.location) == (there.project, there.location):
                raise configuration_error(
                    "CONFIG-SHARED",
                    f"the environments {name} and {other} have the same {shared}, so one could take what serves in the "
                    "other",
                    "give each environment a bucket, and a project or a region, of its own",
                    f"environments.{name}.cloud",
                )
        seen[name] = environment.cloud
