"""Templates to pages: everything escaped, nothing fetched from elsewhere, the headers that hold browsers to it."""

from __future__ import annotations

import asyncio
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import Response

from local_vertex.console import wording
from local_vertex.version import VERSION

if TYPE_CHECKING:
    from jinja2 import Environment

_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
ASSETS = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


async def page(template: str, values: dict[str, Any], status: int = 200) -> Response:
    """An HTML page.

    Args:
        template: File name below `templates/`.
        values: What it shows.
        status: HTTP status.
    """
    # The first page compiles its template, which would hold up every other request.
    html = await asyncio.to_thread(lambda: _environment().get_template(template).render(values))
    return Response(html.encode(), status, _SECURITY, "text/html")


def asset(name: str) -> Response:
    """A file of `ASSETS`."""
    return Response((files("local_vertex.console") / "static" / name).read_bytes(), 200, _SECURITY, ASSETS[name])


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("local_vertex.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: (
            wording.visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
        ),
    )
    environment.filters.update(
        bare_state=wording.bare_state,
        state_words=wording.state_words,
        tone=wording.tone,
        mark=wording.mark,
        duration=wording.duration,
        measure=wording.measure,
        moment=wording.moment,
        short=wording.short,
        location=wording.location,
        clipped=wording.clipped,
        href=lambda name: f"/console/{quote(name.partition('@')[0].encode('utf-8', 'replace'))}",
        count=lambda number: f"{int(number):,}".replace(",", "\u202f"),
    )
    environment.globals["version"] = VERSION
    return environment
