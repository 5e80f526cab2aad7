"""`retune models`: shows the catalogue of base models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from components.base_models.facts import BaseModelFacts
from pipelines.catalogue import catalogue
from pipelines.cli.output import out, print_json
from pipelines.config import load_config


def models(
    config: Annotated[Path | None, typer.Option(help="Configuration whose base_models extend the catalogue.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the base models that can be tuned, with limits, prices and retirement dates.

    Example: retune models
    """
    known = catalogue(load_config(config).base_models if config else {})
    if as_json:
        print_json({name: facts.model_dump(mode="json") for name, facts in known.items()})
        return
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for heading in ("base model", "adapters", "serves", "train", "in", "out", "status"):
        table.add_column(heading, justify="right" if heading in ("train", "in", "out") else "left", no_wrap=True)
    for name, facts in known.items():
        prices = facts.prices
        table.add_row(
            name,
            " ".join(map(str, facts.adapter_sizes)),
            "us/eu" if facts.serving == "multi_region" else "region",
            *(_price(price) for price in (prices.training, prices.input, prices.output)),
            _status(facts),
            style="dim" if facts.retired else "",
        )
    out.print(table)
    out.print("\nPrices in US dollars per million tokens; ? is not published.", style="dim")
    out.print("Set your own under base_models in the configuration; --json shows sources.", style="dim")


def _price(price: float | None) -> str:
    return "?" if price is None else f"{price:.2f}"


def _status(facts: BaseModelFacts) -> str:
    if facts.retired:
        return f"retired {facts.retired}"
    return f"retires {facts.earliest_retirement}+" if facts.earliest_retirement else "offered"
