"""`retune stats`: sizes of a dataset and what tuning on it would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pipelines.cli.byte_progress import byte_progress
from pipelines.cli.dataset_files import assign_splits, open_files
from pipelines.cli.output import out, print_json

if TYPE_CHECKING:
    from components.dataset_validation.checks.file_facts import Distribution, FileFacts


def stats(
    files: Annotated[list[str], typer.Argument(help="JSONL files, globs, gs:// addresses, or - for standard input.")],
    epochs: Annotated[int, typer.Option(min=1, help="Epochs to reckon with.")] = 1,
    base_model: Annotated[
        list[str] | None, typer.Option(help="Only these base models; all Gemini models on offer by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show sizes and labels of each split, and what tuning would cost on each base model.

    Three figures are the median, the 95th percentile and the largest. Tokens are estimated from the size of the texts;
    expect the truth within 30 % for prose.

    Example: retune stats train.jsonl validation.jsonl test.jsonl --epochs 3
    """
    from components.dataset_validation.checks.limits import strictest_limits
    from components.dataset_validation.settings import ValidationSettings
    from components.dataset_validation.validator import validate_dataset
    from components.errors import configuration_error
    from pipelines.catalogue import catalogue

    every = {name: facts for name, facts in catalogue({}).items() if not facts.retired}
    for name in base_model or []:
        if name not in every:
            raise configuration_error(
                "CONFIG-BASE-MODEL", f"the base model {name!r} is not on offer", "run `retune models`", "--base-model"
            )
    # The dataset format is Gemini's: open models count when they are named.
    asked = base_model or [name for name, facts in every.items() if not facts.open_model]
    known = {name: facts for name, facts in every.items() if name in asked}
    splits = assign_splits(open_files(files))
    with byte_progress(sum(file.size or 0 for named in splits.values() for file in named)) as progress:
        report = validate_dataset(splits, ValidationSettings(), strictest_limits(known), progress=progress)
    tokens = report.splits["train"].tokens * epochs if "train" in report.splits else 0
    costs = {
        name: (None if facts.prices.training is None else tokens * facts.prices.training / 1e6, facts.prices.as_of)
        for name, facts in known.items()
    }
    if as_json:
        priced = {name: {"usd": usd, "price_of": str(day)} for name, (usd, day) in costs.items()}
        print_json({"splits": report.to_dict()["splits"], "training": {"epochs": epochs, "base_models": priced}})
        return
    out.print(_sizes(report.splits))
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold", title_justify="left")
    for heading in ("base model", f"{epochs} epoch(s), US$", "price of"):
        table.add_column(heading, justify="left" if heading == "base model" else "right")
    for name, (usd, day) in costs.items():
        table.add_row(name, "no price" if usd is None else f"{usd:,.2f}", str(day))
    out.print()
    out.print(table)
    if sum(report.counts.values()):
        out.print(f"\n{sum(report.counts.values()):,} finding(s): run `retune validate`")


def _sizes(splits: dict[str, FileFacts]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("")
    for split in splits:
        table.add_column(split, justify="right")
    every = list(splits.values())
    table.add_row("examples", *(f"{one.rows:,}" for one in every))
    table.add_row("tokens (estimate)", *(f"{one.tokens:,}" for one in every))
    table.add_row("tokens of an example", *(_spread(one.tokens_per_example) for one in every))
    table.add_row("turns", *(_spread(one.turns) for one in every))
    table.add_row("prompt characters", *(_spread(one.prompt_chars) for one in every))
    table.add_row("answer characters", *(_spread(one.answer_chars) for one in every))
    table.add_row("different answers", *(f"{one.distinct_answers:,}" for one in every))
    table.add_row("system instructions", *(f"{one.system_instructions:,}" for one in every))
    for modality in dict.fromkeys(modality for one in every for modality in one.media):
        table.add_row(f"{modality} files", *(f"{one.media.get(modality, 0):,}" for one in every))
    return table


def _spread(counts: Distribution) -> str:
    return f"{counts.p50:,} · {counts.p95:,} · {counts.max:,}"
