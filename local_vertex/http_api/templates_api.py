"""`/kfp/…`: upload and download of compiled pipelines, with the requests of `kfp.registry.RegistryClient`."""

from __future__ import annotations

import email
import email.policy

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local_vertex.calls import ServiceError, invalid_argument, not_found
from local_vertex.pipeline_runs.templates import Templates

_REPOSITORY = "/kfp/{location}/{project}/{repository}"


def template_routes(templates: Templates) -> list[Route]:
    """`POST` of a form with `content` and `tags` answers `PACKAGE/sha256:DIGEST`; `GET` reads by digest or tag."""

    async def upload(request: Request) -> Response:
        names = request.path_params
        try:
            fields = _form(request.headers.get("content-type", ""), await request.body())
            if "content" not in fields:
                raise invalid_argument("The form has no file 'content'.")
            tags = [tag for tag in fields.get("tags", b"").decode().split(",") if tag]
            repository = f"{names['location']}/{names['project']}/{names['repository']}"
            return PlainTextResponse(templates.upload(repository, fields["content"], tags))
        except ServiceError as error:
            return JSONResponse(error.body(), error.code)

    async def download(request: Request) -> Response:
        names = request.path_params
        package = f"{names['location']}/{names['project']}/{names['repository']}/{names['package']}"
        found = templates.content(package, names["version"])
        if found is None:
            error = not_found(f"The template {package}/{names['version']} does not exist.")
            return JSONResponse(error.body(), error.code)
        return Response(found[0], media_type="application/yaml")

    return [
        Route(_REPOSITORY, upload, methods=["POST"]),
        Route(f"{_REPOSITORY}/{{package}}/{{version}}", download, methods=["GET"]),
    ]


def _form(content_type: str, body: bytes) -> dict[str, bytes]:
    """The fields of a `multipart/form-data` body by name."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    fields = {}
    for part in message.walk():
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        if isinstance(content, bytes) and isinstance(name, str):
            fields[name] = content
    return fields
