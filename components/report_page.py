"""What the HTML reports share: one look, everything escaped, nothing fetched from elsewhere."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

# Control characters and the marks that reorder text: a text must not disguise itself.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&-])")


def visible(text: str) -> str:
    """The text with invisible characters shown as a replacement character."""
    return _INVISIBLE.sub("\ufffd", text)


def markdown_text(text: str) -> str:
    """The text on one line, as Markdown shows it: names in it may come from a dataset."""
    return _SPECIAL.sub(r"\\\1", " ".join(visible(text).split()))


MINUS = "\u2212"
"""As wide as a plus sign."""


@cache
def page_environment(package: str) -> Environment:
    """Jinja for the templates of a package; `report.css` is there too, and values come out visible."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("components", "page_style")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value,
    )
    environment.filters.update(
        percent=lambda value: f"{value:.1%}",
        points=points,
        p_value=p_value,
        count=lambda value: f"{value:,}".replace(",", "\u202f") if isinstance(value, int) else f"{value}",
        usd=lambda value: "unknown" if value is None else f"${value:,.4f}" if value < 0.1 else f"${value:,.2f}",
        milliseconds=milliseconds,
    )
    return environment


def points(share: float) -> str:
    """A share as signed points of a percentage, with one digit."""
    return f"{share * 100 + 0.0:+.1f}".replace("-", MINUS)


def p_value(value: float) -> str:
    """A p-value as it is reported: small ones are not told apart."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def milliseconds(value: float | None) -> str:
    """A latency; a dash for none."""
    return "\u2013" if value is None else f"{value:,.0f} ms"
