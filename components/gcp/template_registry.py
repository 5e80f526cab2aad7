"""Compiled pipelines in a KFP repository of Artifact Registry, where jobs and schedules find them by address."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from components.errors import RetuneError, configuration_error, service_error
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from kfp.registry import RegistryClient

_REPOSITORY = re.compile(r"https://(?P<location>[a-z0-9-]+)-kfp\.pkg\.dev/(?P<project>[^/]+)/(?P<repository>[^/]+)")
_TEMPLATE = re.compile(rf"(?P<address>{_REPOSITORY.pattern})/(?P<package>[^/]+)/(?P<version>[^/]+)")
PINNED = re.compile(r".+/(sha256:[0-9a-f]{64}|[0-9a-f]{40}|v[0-9]+(\.[0-9]+){2})")
"""Versions that do not move, as `terraform/modules/schedule` demands them: digest, commit or release."""
_DIGEST = "sha256:"


class TemplateRegistry:
    """One template repository.

    Args:
        repository: `https://LOCATION-kfp.pkg.dev/PROJECT/REPOSITORY`; with `VERTEX_API_ENDPOINT` set, that of local
            Vertex is used instead.

    Raises:
        RetuneError: `CONFIG-TEMPLATE`, it is no such address.
    """

    def __init__(self, repository: str) -> None:
        from kfp.registry import RegistryClient

        parts = _REPOSITORY.fullmatch(repository.rstrip("/"))
        if parts is None:
            raise _malformed(repository)
        self.address = parts[0]
        endpoint = os.environ.get("VERTEX_API_ENDPOINT")
        host = "/".join((endpoint, "kfp", *parts.groups())) if endpoint else self.address
        with _failures("signing in to the template repository", self.address):
            self._client: RegistryClient = RegistryClient(host=host)

    def upload(self, file: Path, tags: list[str]) -> str:
        """Store a compiled pipeline and return its address by digest.

        Args:
            file: What `retune compile` wrote.
            tags: Further names of this version, such as the commit.
        """
        with _failures("uploading the template", self.address):
            package, version = self._client.upload_pipeline(str(file), tags=tags)
        return f"{self.address}/{package}/{version}"

    def content(self, package: str, version: str) -> bytes | None:
        """The bytes of a template; None when there is none of that version."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "template.yaml")
            try:
                self.download(package, version, file)
            except RetuneError as error:
                if error.code == "TEMPLATE-NOT-FOUND":
                    return None
                raise
            return file.read_bytes()

    def download(self, package: str, version: str, file: Path) -> None:
        """Write a template to a file, byte for byte as it was uploaded.

        Args:
            package: Name of the pipeline.
            version: `sha256:DIGEST` or a tag.
            file: Where it goes.
        """
        with _failures("reading the template", f"{self.address}/{package}/{version}"):
            if version.startswith(_DIGEST):
                self._client.download_pipeline(package, version=version, file_name=str(file))
            else:
                self._client.download_pipeline(package, tag=version, file_name=str(file))


def split_template(uri: str) -> tuple[str, str, str]:
    """Repository, package and version of a template's address.

    Raises:
        RetuneError: `CONFIG-TEMPLATE`, it is no such address.
    """
    parts = _TEMPLATE.fullmatch(uri)
    if parts is None:
        raise _malformed(uri)
    return parts["address"], parts["package"], parts["version"]


def _malformed(uri: str) -> Exception:
    return configuration_error(
        "CONFIG-TEMPLATE",
        "this is no address of a template repository or template",
        "write it as https://LOCATION-kfp.pkg.dev/PROJECT/REPOSITORY, followed by /PACKAGE/VERSION for a template",
        uri[:200],
    )


@contextmanager
def _failures(doing: str, where: str) -> Iterator[None]:
    import requests

    with as_service_error(doing, where):
        try:
            yield
        except requests.HTTPError as error:
            if error.response.status_code == 404:
                raise service_error(
                    "TEMPLATE-NOT-FOUND", "there is no such template", "check the version and the repository", where
                ) from error
            raise service_error(
                "TEMPLATE-REFUSED",
                f"{doing} was refused with HTTP {error.response.status_code}",
                "check the address, and the account's rights on the repository",
                where,
            ) from error
