"""`retune dedupe`: takes repeated examples out of a file."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated

import typer

from pipelines.cli.dataset_files import open_files
from pipelines.cli.output import err, print_json
from pipelines.cli.written_file import written_file

SHOWN = 10


def dedupe(
    files: Annotated[list[str], typer.Argument(help="JSONL files, globs, gs:// addresses, or - for standard input.")],
    output: Annotated[str, typer.Option("--output", "-o", help="File to write; - is standard output.")] = "-",
    near: Annotated[bool, typer.Option("--near", help="Also where prompts differ in a few words.")] = False,
    similarity: Annotated[
        float, typer.Option(min=0.3, max=1.0, help="Share of common word pairs that is near enough.")
    ] = 0.6,
    keep_last: Annotated[bool, typer.Option("--keep-last", help="Keep the last of equal examples.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed; write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was removed as JSON; needs --output.")] = False,
) -> None:
    """Write the examples without those that repeat another one: same system instruction, prompt and answer.

    Lines are kept byte for byte and in their order; lines with errors are kept too. With --near, prompts that share
    most of their word pairs and have the same answer count as equal.

    Example: retune dedupe train.jsonl --near --output train.dedupe.jsonl
    """
    from components.dataset_validation.lines.line_stream import LineStream
    from components.dataset_validation.splitting.repeats import repeats

    opened = open_files(files)
    prompts, removed, stays = repeats({"": opened}, similarity=similarity if near else None, keep_last=keep_last)
    places = [(prompts.place(row), prompts.place(kept)) for row, kept in zip(removed, stays, strict=True)]
    gone: defaultdict[str, set[int]] = defaultdict(set)
    for place, _ in places:
        gone[place.file].add(place.line)
    if not dry_run:
        with written_file(output, force=force) as target:
            for file in opened:
                with file.open() as stream:
                    for number, line in LineStream(stream):
                        if line is not None and number not in gone[file.name]:
                            target.write(line + b"\n")
    if as_json and (dry_run or output != "-"):
        removals = [
            {"file": place.file, "line": place.line, "same_as": {"file": kept.file, "line": kept.line}}
            for place, kept in places
        ]
        print_json({"examples": len(prompts), "removed": removals})
        return
    verb = "would be removed" if dry_run else "removed"
    err.print(f"{len(places):,} of {len(prompts):,} example(s) {verb}")
    for place, kept in places[:SHOWN]:
        other = f"line {kept.line}" if kept.file == place.file else f"{_short(kept.file)}:{kept.line}"
        err.print(f"  {_short(place.file)}:{place.line} repeats {other}", markup=False)
    if len(places) > SHOWN:
        err.print(f"  and {len(places) - SHOWN:,} more")


def _short(name: str) -> str:
    return name.rsplit("/", 1)[-1]
