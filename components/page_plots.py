"""Plots in HTML reports: Vega-Lite specifications that Vega draws in the page, with nothing fetched.

The library lies in `page_style/vega` and goes into the page as it is. Its expressions are interpreted, so the page
needs no `eval`; its scripts are named by their digests in the page's policy, so that no other script runs. Texts in a
specification's data are shown as texts: Vega knows no markup.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from components.report_page import visible

if TYPE_CHECKING:
    from markupsafe import Markup

LIBRARY = ("vega", "vega-lite", "vega-embed")


@dataclass(frozen=True)
class PageScripts:
    """The scripts of a page with plots.

    Attributes:
        bodies: To be put into `<script>` elements, in this order.
        sources: What a `script-src` of the page's policy has to name.
    """

    bodies: tuple[Markup, ...]
    sources: str


@cache
def page_scripts() -> PageScripts:
    """The library and what starts it."""
    from markupsafe import Markup

    folder = files("components").joinpath("page_style")
    texts = [folder.joinpath("vega", f"{name}.min.js").read_text(encoding="utf-8") for name in LIBRARY]
    # What names a map of the sources is for those who debug the library, and would be looked for beside the page.
    bodies = [text.partition("\n//# sourceMappingURL=")[0].strip() for text in texts]
    bodies.append(folder.joinpath("report.js").read_text(encoding="utf-8").strip())
    assert not any("</script" in body for body in bodies)
    digests = [base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in bodies]
    return PageScripts(
        tuple(Markup(body) for body in bodies),  # noqa: S704 - files of this package
        " ".join(f"'sha256-{digest}'" for digest in digests),
    )


def page_json(value: Mapping[str, Any]) -> Markup:
    """The value as JSON that can stand in a `<script type="application/json">` element, whatever its texts."""
    from markupsafe import Markup

    text = msgspec.json.encode(_cleaned(value), order="sorted").decode()
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - what could end the element is escaped


def _cleaned(value: Any) -> Any:
    """The value with texts made visible and numbers of no more digits than a plot shows."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {key: _cleaned(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(one) for one in value]
    return value
