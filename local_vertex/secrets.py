"""Secret Manager as far as a pipeline uses it: secrets, their versions, and access to one.

Nothing is encrypted: what is put in lies in the state file of this machine.

Source: https://docs.cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets
"""

from __future__ import annotations

import base64
import binascii
import re

import google_crc32c

from local_vertex.calls import Json, ServiceError, invalid_argument, not_found
from local_vertex.clock import timestamp
from local_vertex.resource_names import canonical
from local_vertex.state import State

SECRETS, VERSIONS = "secrets", "secretVersions"
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,255}")
_MOST_BYTES = 65_536  # "64 KiB", quotas and limits of Secret Manager


class Secrets:
    """The secrets of every project.

    Args:
        state: Where they are remembered.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def create(self, project: str, identifier: str, body: Json) -> Json:
        """A new secret, without a version.

        Raises:
            ServiceError: 400 for its identifier or without a replication, 409.
        """
        if not _IDENTIFIER.fullmatch(identifier):
            raise invalid_argument("secretId has 1 to 255 letters, digits, hyphens and underscores.")
        if not isinstance(body.get("replication"), dict):
            raise invalid_argument("Field [secret.replication] is required.")
        name = canonical(f"projects/{project}/secrets/{identifier}")
        with self._state.transaction():
            if self._state.get(SECRETS, name):
                raise ServiceError(409, "ALREADY_EXISTS", f"Secret [{name}] already exists.")
            secret = {"name": name, "replication": body["replication"], "createTime": timestamp()}
            self._state.put(SECRETS, name, secret)
        return secret

    def add_version(self, project: str, identifier: str, body: Json) -> Json:
        """The next version of a secret, counted from 1.

        Raises:
            ServiceError: 404, or 400 for the payload.
        """
        name = canonical(f"projects/{project}/secrets/{identifier}")
        payload = body.get("payload")
        data = payload.get("data") if isinstance(payload, dict) else None
        try:
            size = len(base64.b64decode(data, validate=True)) if isinstance(data, str) else 0
        except binascii.Error as error:
            raise invalid_argument("Invalid value at 'payload.data': it is not base64.") from error
        if not 0 < size <= _MOST_BYTES:
            raise invalid_argument("A secret payload has 1 to 65536 bytes.")
        with self._state.transaction():
            self._require(name)
            number = self._state.count(f"versions of {name}")
            version = {"name": f"{name}/versions/{number}", "createTime": timestamp(), "state": "ENABLED"}
            self._state.put(VERSIONS, version["name"], {**version, "data": data})
        return version

    def access(self, project: str, identifier: str, version: str) -> Json:
        """The payload of a version; `latest` stands for the newest.

        Raises:
            ServiceError: 404.
        """
        name = canonical(f"projects/{project}/secrets/{identifier}")
        self._require(name)
        if version == "latest":
            found = max(self._state.list(VERSIONS, f"{name}/versions"), key=_number, default=None)
        else:
            found = self._state.get(VERSIONS, f"{name}/versions/{version}")
        if found is None:
            raise not_found(f"Secret Version [{name}/versions/{version}] not found.")
        checksum = str(google_crc32c.value(base64.b64decode(found["data"])))
        return {"name": found["name"], "payload": {"data": found["data"], "dataCrc32c": checksum}}

    def _require(self, name: str) -> None:
        if self._state.get(SECRETS, name) is None:
            raise not_found(f"Secret [{name}] not found or has no versions.")


def _number(version: Json) -> int:
    return int(version["name"].rpartition("/")[2])
