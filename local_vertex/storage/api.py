"""The Cloud Storage half of the server: routes of the JSON API.

Source: https://cloud.google.com/storage/docs/json_api/v1
"""

from __future__ import annotations

import asyncio
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local_vertex.calls import Json
from local_vertex.context import Context
from local_vertex.storage import batch, copies, objects
from local_vertex.storage.access_controls import AccessControls, shown_by_projection
from local_vertex.storage.buckets import Buckets
from local_vertex.storage.downloads import download
from local_vertex.storage.hmac_keys import HmacKeys, service_account
from local_vertex.storage.listing import flag, list_page
from local_vertex.storage.methods import StorageMethods
from local_vertex.storage.notification_configs import NotificationConfigs
from local_vertex.storage.policies import Policies
from local_vertex.storage.preconditions import (
    Preconditions,
    StorageError,
    absent,
    check_etag,
    no_such_bucket,
    no_such_object,
)
from local_vertex.storage.uploads import Uploads

PREFIXES = ("/storage/v1", "/upload/storage/v1", "/download/storage/v1", "/batch/storage")
_POLICY_VERBS = ("getIamPolicy", "setIamPolicy", "testIamPermissions")


class StorageApi:
    """Answers every request below `PREFIXES`.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._store, self._methods = context.objects, StorageMethods()
        self._buckets = Buckets(context.state, context.objects)
        self._configs = NotificationConfigs(context.state)
        self._access = AccessControls(self._buckets, context.objects)
        self._policies, self._keys = Policies(context.state), HmacKeys(context.state)
        self._uploads = Uploads(context.state, context.objects, self._methods, self._access, context.base_url)

    async def answer(self, request: Request) -> Response:
        """The reply, in Cloud Storage's own error shape when it is a refusal."""
        try:
            return await self._answer(request)
        except StorageError as error:
            # A 304 has no body.
            return Response(status_code=304) if error.code == 304 else JSONResponse(error.body(), error.code)

    async def _answer(self, request: Request) -> Response:
        raw_path = request.scope["raw_path"].decode("ascii", "replace")
        if raw_path == batch.PATH:
            return await batch.answer_batch(request, self.answer)
        head, _, rest = raw_path.partition("/storage/v1/")
        segments = [unquote(segment) for segment in rest.split("/")]
        match head, segments:
            case "/upload", ["b", bucket, "o"]:
                return await self._uploads.answer(request, bucket)
            case "/download", _:
                media = True
            case "", _:
                media = request.query_params.get("alt") == "media"
            case _:
                raise StorageError(404, "notFound", "Not Found")
        method, names = self._methods.find(request.method, segments)
        self._methods.check_query(method, request.query_params.multi_items())
        if method.name == "objects.get" and media:
            return self._media(request, names["bucket"], names["object"])
        body = self._methods.body(method, await request.body())
        area, _, verb = method.name.rpartition(".")
        if verb in _POLICY_VERBS and area in ("buckets", "objects"):
            return JSONResponse(self._policy(request, verb, names, body))
        match area:
            case "buckets":
                reply = self._bucket(request, verb, names.get("bucket", ""), body)
            case "notifications":
                reply = self._notification(request, verb, names, body)
            case "objects":
                reply = await self._object(request, verb, names, body)
            case "bucketAccessControls" | "defaultObjectAccessControls" | "objectAccessControls":
                reply = self._access.answer(area, verb, names, request.query_params, body)
            case "projects.hmacKeys":
                reply = self._keys.answer(verb, names, request.query_params, body)
            case "projects.serviceAccount":
                reply = service_account(names["projectId"])
            case _:
                raise absent(method.name)
        if reply is None:
            return Response(status_code=204)
        if area in ("buckets", "objects"):
            reply = shown_by_projection(reply, request.query_params, body)
        return JSONResponse(reply)

    def _media(self, request: Request, bucket: str, name: str) -> Response:
        query = request.query_params
        self._buckets.get(bucket, {})
        resource, content = self._store.open(bucket, name, objects.generation_of(query))
        try:
            Preconditions.of(query).check(resource)
            check_etag(request.headers, resource)
        except StorageError:
            content.close()
            raise
        return download(request, resource, content)

    def _bucket(self, request: Request, verb: str, name: str, body: Json) -> Json | None:
        query = request.query_params
        if flag(query, "softDeleted"):
            raise absent("soft delete")
        match verb:
            case "list":
                return self._buckets.list(query)
            case "insert":
                return self._buckets.create(query, self._access.settled(verb, str(body.get("name", "")), query, body))
            case "get":
                return _as_read(request, self._buckets.get(name, query))
            case "patch" | "update":
                settled = self._access.settled(verb, name, query, body)
                return self._buckets.patch(name, query, settled, replace=verb == "update")
            case "delete":
                self._buckets.delete(name, query)
                return None
            case "lockRetentionPolicy":
                return self._buckets.lock_retention_policy(name, query)
            case "getStorageLayout":
                return self._buckets.storage_layout(name)
            case "restore":
                # Soft delete lasts 0 seconds in every bucket, so there is none to restore.
                raise no_such_bucket(name)
        raise absent(f"buckets.{verb}")

    def _policy(self, request: Request, verb: str, names: dict[str, str], body: Json) -> Json:
        bucket, blob, query = self._buckets.get(names["bucket"], {}), None, request.query_params
        if "object" in names:
            blob = objects.get(self._store, bucket["name"], names["object"], query)
        return self._policies.answer(verb, bucket, blob, query.getlist("permissions"), body)

    def _notification(self, request: Request, verb: str, names: dict[str, str], body: Json) -> Json | None:
        bucket, identifier = names["bucket"], names.get("notification", "")
        self._buckets.get(bucket, {})
        match verb:
            case "insert":
                return self._configs.create(bucket, body)
            case "get":
                return self._configs.get(bucket, identifier)
            case "list":
                return self._configs.list(bucket)
        self._configs.delete(bucket, identifier)
        return None

    async def _object(self, request: Request, verb: str, names: dict[str, str], body: Json) -> Json | None:
        query, store = request.query_params, self._store
        bucket, name = names.get("bucket", ""), names.get("object", "")
        if flag(query, "softDeleted"):
            raise absent("soft delete")
        if bucket:
            self._buckets.get(bucket, {})
        match verb:
            case "list":
                return list_page(store, bucket, query)
            case "get":
                return _as_read(request, objects.get(store, bucket, name, query))
            case "patch" | "update":
                body = {**body, **self._access.of_object(bucket, name, query, body)}
                return objects.patch(store, bucket, name, query, body, replace=verb == "update")
            case "move":
                names_of_both = names["sourceObject"], names["destinationObject"]
                conditions = Preconditions.of(query, "ifSource"), Preconditions.of(query)
                return store.move(bucket, *names_of_both, *conditions)
            case "restore":
                raise no_such_object(bucket, name)
            case "delete":
                objects.delete(store, bucket, name, query)
                return None
            case "insert":
                raise StorageError(400, "badRequest", "An object is inserted at /upload/storage/v1/b/BUCKET/o.")
            case "compose":
                target = names["destinationBucket"], names["destinationObject"]
                return await asyncio.to_thread(copies.compose, store, *target, query, body)
            case "copy" | "rewrite":
                return await asyncio.to_thread(self._copy, verb, names, query, body)
        raise absent(f"objects.{verb}")

    def _copy(self, verb: str, names: dict[str, str], query: objects.Query, body: Json) -> Json:
        source = names["sourceBucket"], names["sourceObject"]
        target = names["destinationBucket"], names["destinationObject"]
        here, there = self._buckets.get(source[0], {}), self._buckets.get(target[0], {})
        if verb == "copy":
            return copies.copy(self._store, source, target, query, body)
        moves = here["location"] != there["location"] or bool(body.get("storageClass"))
        return copies.rewrite(self._store, source, target, query, body, moves=moves)


def _as_read(request: Request, resource: Json) -> Json:
    check_etag(request.headers, resource)
    return resource
