"""`retune split`: divides examples into training, validation and test files."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pipelines.cli.dataset_files import open_files
from pipelines.cli.output import out, print_json
from pipelines.cli.written_file import refuse_to_overwrite, written_file

if TYPE_CHECKING:
    from components.dataset_validation.lines.data_file import DataFile
    from components.dataset_validation.splitting.split import Division

SHOWN_LABELS = 12


def split(
    files: Annotated[list[str], typer.Argument(help="JSONL files, globs, gs:// addresses, or - for standard input.")],
    output_dir: Annotated[Path, typer.Option("--output-dir", "-o", help="Folder for train, validation and test.")],
    test: Annotated[float, typer.Option(min=0.0, max=0.9, help="Share of examples for test.jsonl.")] = 0.1,
    validation: Annotated[float, typer.Option(min=0.0, max=0.9, help="Share for validation.jsonl.")] = 0.1,
    seed: Annotated[int, typer.Option(min=0, help="Chooses one of many such splits.")] = 0,
    label_field: Annotated[str | None, typer.Option(help="Field of JSON answers that holds the label.")] = None,
    stratify: Annotated[bool, typer.Option(help="Spread the labels evenly.")] = True,
    near: Annotated[bool, typer.Option(help="Keep nearly equal prompts on one side.")] = True,
    similarity: Annotated[
        float, typer.Option(min=0.3, max=1.0, help="Share of common word pairs that is near enough.")
    ] = 0.6,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the sizes as JSON.")] = False,
) -> None:
    """Divide examples so that labels are spread evenly and no prompt is on two sides, not even nearly.

    Lines are kept byte for byte and in their order. The same examples and seed give the same split, in whatever order
    the examples come. Lines with errors are refused: run `retune validate` first.

    Example: retune split tickets.jsonl --output-dir data --test 0.15 --seed 7
    """
    from components.dataset_validation.splitting.split import divide
    from components.errors import configuration_error

    shares = {"validation": validation, "test": test}
    if validation + test >= 1:
        raise configuration_error(
            "CONFIG-VALUE", "nothing is left for training", "choose smaller shares", "--test, --validation"
        )
    opened = open_files(files)
    targets = {side: output_dir / f"{side}.jsonl" for side in ("train", *(side for side in shares if shares[side] > 0))}
    for path in targets.values():
        refuse_to_overwrite(path, force=force)
    division = divide(
        opened,
        {side: share for side, share in shares.items() if share > 0},
        seed=seed,
        label_field=label_field,
        stratify=stratify,
        similarity=similarity if near else None,
    )
    output_dir.mkdir(parents=True, exist_ok=True)
    _write(opened, division, targets)
    counts = {side: division.sides.count(side) for side in targets}
    if as_json:
        print_json({"rows": counts, "groups": division.groups, "labels": _label_counts(division)})
        return
    out.print(_table(division, counts))
    out.print(f"{len(division.sides):,} examples in {division.groups:,} group(s) that stay together; in {output_dir}")


def _write(files: list[DataFile], division: Division, targets: dict[str, Path]) -> None:
    from components.dataset_validation.lines.line_stream import LineStream
    from components.errors import dataset_error

    rows = iter(zip(division.prompts.lines.tolist(), division.sides, strict=True))
    with ExitStack() as stack:
        streams = {side: stack.enter_context(written_file(str(path), force=True)) for side, path in targets.items()}
        for file in files:
            with stack.enter_context(file.open()) as stream:
                for number, line in LineStream(stream):
                    expected, side = next(rows, (0, ""))
                    if line is None or number != expected:
                        raise dataset_error(
                            "DATA-SPLIT", "the line has errors", "run `retune validate` first", f"{file.name}:{number}"
                        )
                    streams[side].write(line + b"\n")


def _label_counts(division: Division) -> dict[str, dict[str, int]]:
    counted: dict[str, Counter[str]] = {}
    for label, side in zip(division.labels, division.sides, strict=True):
        if label:
            counted.setdefault(label, Counter())[side] += 1
    return {label: dict(counts) for label, counts in sorted(counted.items(), key=lambda one: (-one[1].total(), one[0]))}


def _table(division: Division, counts: dict[str, int]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("")
    for side in counts:
        table.add_column(side, justify="right")
    table.add_row("examples", *(f"{count:,}" for count in counts.values()))
    labels = _label_counts(division)
    for label, by_side in list(labels.items())[:SHOWN_LABELS]:
        shown = label if len(label) <= 30 else f"{label[:29]}…"
        table.add_row(shown.encode("unicode_escape").decode(), *(f"{by_side.get(side, 0):,}" for side in counts))
    if len(labels) > SHOWN_LABELS:
        table.add_row(f"{len(labels) - SHOWN_LABELS} more labels", *("" for _ in counts))
    return table
