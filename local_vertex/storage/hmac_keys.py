"""Cloud Storage JSON API: HMAC keys of service accounts. They sign requests of the XML API, which is not here.

Source: https://cloud.google.com/storage/docs/json_api/v1/projects/hmacKeys
"""

from __future__ import annotations

import base64
import re
import secrets

from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.resource_names import project_number
from local_vertex.state import State
from local_vertex.storage.listing import flag, page_of, page_token
from local_vertex.storage.object_resource import etag_of
from local_vertex.storage.objects import Query
from local_vertex.storage.preconditions import StorageError

_KIND = "hmacKeys"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.gserviceaccount\.com")
_STATES = ("ACTIVE", "INACTIVE")


class HmacKeys:
    """Keys of every project; secrets are given once and not kept.

    Args:
        state: Where they are remembered.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, verb: str, names: dict[str, str], query: Query, body: Json) -> Json | None:
        """The reply to a method of `projects.hmacKeys`.

        Raises:
            StorageError: 400, 404 or 412.
        """
        project, access_id = names["projectId"], names.get("accessId", "")
        match verb:
            case "create":
                return self._create(project, query.get("serviceAccountEmail", ""))
            case "list":
                return self._list(project, query)
            case "get":
                return self._get(project, access_id)
            case "update":
                return self._update(project, access_id, body)
        self._delete(project, access_id)
        return None

    def _create(self, project: str, email: str) -> Json:
        if not _EMAIL.fullmatch(email):
            raise StorageError(400, "invalid", f"Invalid service account: {email[:70]!r}")
        access_id, now = f"GOOG1E{self._state.new_id()}", timestamp()
        metadata: Json = {
            "kind": "storage#hmacKeyMetadata",
            "id": f"{project}/{access_id}",
            "accessId": access_id,
            "projectId": project,
            "serviceAccountEmail": email,
            "state": "ACTIVE",
            "timeCreated": now,
            "updated": now,
            "etag": etag_of(0, 1),
        }
        self._put(metadata)
        secret = base64.b64encode(secrets.token_bytes(30)).decode()
        return {"kind": "storage#hmacKey", "metadata": metadata, "secret": secret}

    def _list(self, project: str, query: Query) -> Json:
        size, after = page_of(query)
        email, deleted = query.get("serviceAccountEmail"), flag(query, "showDeletedKeys")
        found = sorted(
            (
                key
                for key in self._state.list(_KIND, f"hmac/{project}")
                if (deleted or key["state"] != "DELETED")
                and email in (None, key["serviceAccountEmail"])
                and key["accessId"] > after
            ),
            key=lambda key: str(key["accessId"]),
        )
        page: Json = {"kind": "storage#hmacKeysMetadata", "items": found[:size]}
        return {**page, "nextPageToken": page_token(found[size - 1]["accessId"])} if len(found) > size else page

    def _get(self, project: str, access_id: str) -> Json:
        found = self._state.get(_KIND, f"hmac/{project}/{access_id}")
        if found is None:
            raise StorageError(404, "notFound", f"Access ID not found in project: {access_id[:70]}")
        return found

    def _update(self, project: str, access_id: str, body: Json) -> Json:
        with self._state.transaction():
            found = self._get(project, access_id)
            if body.get("etag") not in (None, found["etag"]):
                raise StorageError(412, "conditionNotMet", "Precondition Failed")
            if found["state"] == "DELETED" or body.get("state") not in _STATES:
                raise StorageError(400, "invalid", f"The key can be set to {' or '.join(_STATES)} only.")
            return self._change(found, body["state"])

    def _delete(self, project: str, access_id: str) -> None:
        with self._state.transaction():
            found = self._get(project, access_id)
            if found["state"] == "ACTIVE":
                raise StorageError(400, "invalid", "Cannot delete a key in state ACTIVE; set it to INACTIVE first.")
            self._change(found, "DELETED")

    def _change(self, key: Json, state: str) -> Json:
        changed = {**key, "state": state, "updated": timestamp(), "etag": etag_of(0, self._state.count("hmac etags"))}
        self._put(changed)
        return changed

    def _put(self, key: Json) -> None:
        self._state.put(_KIND, f"hmac/{key['projectId']}/{key['accessId']}", key)


def service_account(project: str) -> Json:
    """The service agent of Cloud Storage in a project.

    Source: https://cloud.google.com/storage/docs/projects#service-agents
    """
    email = f"service-{project_number(project)}@gs-project-accounts.iam.gserviceaccount.com"
    return {"kind": "storage#serviceAccount", "email_address": email}
