"""`retune convert`: turns a dataset of another service, or a table, into Gemini's tuning format."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from pipelines.cli.dataset_files import open_files
from pipelines.cli.output import err, print_json
from pipelines.cli.written_file import written_file

Source = Literal["auto", "openai-chat", "prompt-completion", "alpaca", "sharegpt", "palm", "anthropic", "bedrock"]
SHOWN = 10


def convert(
    files: Annotated[
        list[str], typer.Argument(help="JSONL, CSV, TSV or Parquet files (packed with gzip or not), globs or gs://.")
    ],
    output: Annotated[str, typer.Option("--output", "-o", help="File to write; - is standard output.")] = "-",
    source: Annotated[Source, typer.Option("--from", help="Format of the lines; recognised by default.")] = "auto",
    prompt: Annotated[str | None, typer.Option(help="Column of a table that holds the question.")] = None,
    answer: Annotated[str | None, typer.Option(help="Column that holds the answer.")] = None,
    system: Annotated[str, typer.Option(help="Column that holds the system instruction.")] = "",
    system_text: Annotated[str, typer.Option(help="System instruction for examples that have none.")] = "",
    skip_refused: Annotated[
        bool,
        typer.Option("--skip-refused", help="End with 0 although rows were refused; they are listed."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print counts and refusals as JSON; needs --output.")] = False,
) -> None:
    """Convert a dataset; every row becomes an example or is refused with its line and the reason.

    Known are the formats of OpenAI (chat, prompt and completion), Alpaca, ShareGPT, PaLM, Anthropic and Bedrock, and
    tables with --prompt and --answer. Preference and reinforcement data have no counterpart and are refused.

    Example: retune convert chats.jsonl --output train.jsonl

    Example: retune convert tickets.csv --prompt question --answer label --output train.jsonl
    """
    from components.dataset_validation.conversion.convert import Columns
    from components.dataset_validation.conversion.convert import convert as converted
    from components.errors import ExitCode, configuration_error

    if (prompt is None) != (answer is None):
        raise configuration_error("CONFIG-COLUMNS", "a table needs both columns", "give --prompt and --answer")
    columns = Columns(prompt, answer, system) if prompt is not None and answer is not None else None
    opened = open_files(files)
    for file in opened:
        if columns is None and file.name.lower().removesuffix(".gz").endswith((".csv", ".tsv")):
            raise configuration_error(
                "CONFIG-COLUMNS", "which columns of the table are meant?", "give --prompt and --answer", file.name
            )
    written, refused = 0, []
    with written_file(output, force=force) as target:
        for one in converted(opened, source=source, columns=columns, system_text=system_text):
            if one.line is None:
                refused.append(one)
            else:
                target.write(one.line + b"\n")
                written += 1
    if as_json and output != "-":
        refusals = [{"file": one.file, "row": one.row, "reason": one.reason} for one in refused]
        print_json({"converted": written, "refused": refusals})
    else:
        err.print(f"{written:,} example(s) converted, {len(refused):,} row(s) refused")
        for one in refused[:SHOWN]:
            err.print(f"  {one.file.rsplit('/', 1)[-1]}:{one.row} {one.reason}", markup=False)
        if len(refused) > SHOWN:
            err.print(f"  and {len(refused) - SHOWN:,} more; --json lists all")
    if refused and not skip_refused:
        raise typer.Exit(int(ExitCode.DATASET_INVALID))
