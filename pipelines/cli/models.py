"""`retune models`: shows the catalogue of base models."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import JustifyMethod
from rich.markup import escape
from rich.table import Table

from components.base_models.facts import BaseModelFacts
from components.dataset_validation.shape.spelling import nearest
from components.errors import configuration_error
from pipelines.catalogue import catalogue
from pipelines.cli.output import out, print_json
from pipelines.config import load_config

SERVES = {"multi_region": "us/eu", "region": "region", "own_endpoint": "own"}
_COLUMNS: dict[str, JustifyMethod] = {
    "adapters": "left",
    "serves": "left",
    "train": "right",
    "in": "right",
    "out": "right",
    "retires": "left",
}


def models(
    base_model: Annotated[str | None, typer.Argument(help="Show everything that is known of this one.")] = None,
    config: Annotated[Path | None, typer.Option(help="Configuration whose base_models extend the catalogue.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the base models that can be tuned, with limits, prices and retirement dates.

    Example: retune models gemini-2.5-flash
    """
    known = catalogue(load_config(config).base_models if config else {})
    if base_model is not None and base_model not in known:
        meant = nearest(base_model, known)
        raise configuration_error(
            "CONFIG-BASE-MODEL",
            f"the base model {base_model!r} is not in the catalogue" + (f"; did you mean {meant}?" if meant else ""),
            "run `retune models` to see the catalogue",
            "retune models",
        )
    shown = {base_model: known[base_model]} if base_model else known
    if as_json:
        print_json({name: facts.to_dict() for name, facts in shown.items()})
    elif base_model:
        out.print(_sheet(known[base_model], base_model))
    else:
        out.print(_overview(known))
        out.print("\nPrices in US dollars per million tokens; ? is not published.", style="dim")
        out.print("`own`: open weights, nothing serves them by itself; `full`: all weights can be tuned.", style="dim")
        out.print("`retune models NAME` shows limits, regions and sources; `base_models` in the", style="dim")
        out.print("configuration changes entries and adds others.", style="dim")


def _overview(known: dict[str, BaseModelFacts]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("base model", overflow="fold")  # in 80 columns only the names of open models take two lines
    for heading, justify in _COLUMNS.items():
        table.add_column(heading, justify=justify, no_wrap=True)
    for name, facts in known.items():
        prices = facts.prices
        sizes = " ".join(map(str, facts.adapter_sizes))
        table.add_row(
            name,
            " ".join(filter(None, (sizes, "full" if "full" in facts.tuning_modes else ""))),
            SERVES[facts.serving],
            *(_price(price) for price in (prices.training, prices.input, prices.output)),
            _retires(facts),
            style="dim" if facts.retired else "",
        )
    return table


def _sheet(facts: BaseModelFacts, name: str) -> Table:
    """Everything that is known of one base model."""
    sheet = Table.grid(padding=(0, 2))
    limits, prices = facts.limits, facts.prices
    media = [
        f"{modality} {'no' if one.max_files == 0 else one.max_files or 'any number of'} files"
        for modality, one in limits.media.items()
    ]
    evaluation = ", ".join(facts.evaluation_regions) or "not at all"
    rows = {
        "base model": name + (", open weights" if facts.open_model else ""),
        "status": _status(facts) + (f" ({facts.retirement_source})" if facts.retirement_source else ""),
        "tunes": " or ".join(facts.tuning_modes),
        "adapter sizes": ", ".join(map(str, facts.adapter_sizes)) or "none",
        "tuned in": ", ".join(facts.tuning_regions) or "any region: the documents name none",
        "tuned models serve": {
            "multi_region": "at `us` or `eu` only",
            "region": "where they were tuned",
            "own_endpoint": "after they are deployed on machines of one's own",
        }[facts.serving],
        "thinking held down by": facts.thinking or "nothing",
        "batch prediction": _yes(facts.batch),
        "customer-managed keys": _yes(facts.cmek),
        "can be tuned again": _yes(facts.continuous),
        "checkpoints evaluated in": evaluation,
        "tokens of an example": f"{limits.tokens_per_example:,}",
        "training file": f"{limits.max_train_bytes / 1e9:g} GB, {limits.max_examples_text:,} examples of text, "
        f"{limits.max_examples_multimodal:,} with files",
        "files of an example": ", ".join(media),
        "US$ per million tokens": f"training {_price(prices.training)}, prompts {_price(prices.input)}, "
        f"answers {_price(prices.output)}",
        "prices from": f"{prices.source}, {prices.as_of}",
    }
    for label, value in rows.items():
        sheet.add_row(label, escape(value))
    return sheet


def _yes(known: bool) -> str:
    return "yes" if known else "no"


def _price(price: float | None) -> str:
    return "?" if price is None else f"{price:.2f}"


def _retires(facts: BaseModelFacts) -> str:
    return f"past {facts.retired}" if facts.retired else str(facts.earliest_retirement or "?")


def _status(facts: BaseModelFacts) -> str:
    if facts.retired:
        return f"retired {facts.retired}"
    day = facts.earliest_retirement
    if day is None:
        return "offered"
    left = (day - datetime.datetime.now(datetime.UTC).date()).days
    return f"until {day}, {left} days" if left > 0 else f"refused since {day}"
