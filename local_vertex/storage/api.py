"""The Cloud Storage half of the server: routes of the JSON API.

Source: https://cloud.google.com/storage/docs/json_api/v1
"""

from __future__ import annotations

import asyncio
import json
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local_vertex.calls import Json
from local_vertex.context import Context
from local_vertex.storage import objects
from local_vertex.storage.buckets import Buckets
from local_vertex.storage.downloads import download
from local_vertex.storage.preconditions import Preconditions, StorageError
from local_vertex.storage.uploads import Uploads

PREFIXES = ("/storage/v1", "/upload/storage/v1", "/download/storage/v1")


class StorageApi:
    """Answers every request below `PREFIXES`.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._store = context.objects
        self._buckets = Buckets(context.state, context.objects)
        self._uploads = Uploads(context.state, context.objects, context.base_url)

    async def answer(self, request: Request) -> Response:
        """The reply, in Cloud Storage's own error shape when it is a refusal."""
        raw_path = request.scope["raw_path"].decode("ascii", "replace")
        head, _, rest = raw_path.partition("/storage/v1/")
        segments = [unquote(segment) for segment in rest.split("/")]
        try:
            match head, segments:
                case "/upload", ["b", bucket, "o"]:
                    return await self._uploads.answer(request, bucket)
                case (("" | "/download"), ["b", bucket, "o", name]) if request.method == "GET":
                    self._buckets.get(bucket, {})
                    return self._read(request, bucket, name, media=head == "/download")
                case "", ["b"] | ["b", _]:
                    return _reply(self._bucket(request, segments[1:], await _body(request)))
                case "", ["b", bucket, "o", *path]:
                    self._buckets.get(bucket, {})
                    return _reply(await self._object(request, bucket, path))
            raise StorageError(404, "notFound", "Not Found")
        except StorageError as error:
            # A 304 has no body.
            return Response(status_code=304) if error.code == 304 else JSONResponse(error.body(), error.code)

    def _read(self, request: Request, bucket: str, name: str, *, media: bool) -> Response:
        query = request.query_params
        if not media and query.get("alt") != "media":
            return JSONResponse(objects.get(self._store, bucket, name, query))
        resource, content = self._store.open(bucket, name, objects.generation_of(query))
        try:
            Preconditions.of(query).check(resource, reading=True)
        except StorageError:
            content.close()
            raise
        return download(request, resource, content)

    def _bucket(self, request: Request, path: list[str], body: Json) -> Json | None:
        query = request.query_params
        match request.method, path:
            case "GET", []:
                return self._buckets.list(query)
            case "POST", []:
                return self._buckets.create(query, body)
            case "GET", [name]:
                return self._buckets.get(name, query)
            case "PATCH" | "PUT", [name]:
                return self._buckets.patch(name, query, body)
            case "DELETE", [name]:
                self._buckets.delete(name, query)
                return None
        raise StorageError(405, "methodNotAllowed", "Method Not Allowed")

    async def _object(self, request: Request, bucket: str, path: list[str]) -> Json | None:
        query, store, body = request.query_params, self._store, await _body(request)
        match request.method, path:
            case "GET", []:
                return objects.list_page(store, bucket, query)
            case "PATCH" | "PUT", [name]:
                return objects.patch(store, bucket, name, query, body, replace=request.method == "PUT")
            case "DELETE", [name]:
                objects.delete(store, bucket, name, query)
                return None
            case "POST", [name, "compose"]:
                return await asyncio.to_thread(objects.compose, store, bucket, name, query, body)
            case "POST", [name, "rewriteTo" | "copyTo" as verb, "b", target_bucket, "o", target]:
                copied = await asyncio.to_thread(
                    objects.rewrite, store, (bucket, name), (target_bucket, target), query, body
                )
                return objects.rewrite_reply(copied) if verb == "rewriteTo" else copied
        raise StorageError(404, "notFound", "Not Found")


def _reply(body: Json | None) -> Response:
    return Response(status_code=204) if body is None else JSONResponse(body)


async def _body(request: Request) -> Json:
    content = await request.body()
    try:
        body = json.loads(content) if content.strip() else {}
    except ValueError:
        raise StorageError(400, "parseError", "Parse Error") from None
    if not isinstance(body, dict):
        raise StorageError(400, "parseError", "Parse Error")
    return body
