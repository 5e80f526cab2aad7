"""`retune suspects`: finds labels that are probably wrong, and applies what an expert decided."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.dataset_files import open_files
from pipelines.cli.output import err, out, print_json
from pipelines.cli.written_file import refuse_to_overwrite, written_file

app = typer.Typer(
    help="Find labels that are probably wrong, and apply what an expert decided.",
    epilog="Example: retune suspects find train.jsonl --output suspects.csv",
    no_args_is_help=True,
    rich_markup_mode=None,
)
LabelField = Annotated[str | None, typer.Option(help="Field of JSON answers that holds the label.")]
SHOWN = 10
SHOWN_CHARS = 60


@app.command("find")
def find(
    files: Annotated[list[str], typer.Argument(help="JSONL files, globs, gs:// addresses, or - for standard input.")],
    output: Annotated[str | None, typer.Option("--output", "-o", help="CSV file for the review.")] = None,
    label_field: LabelField = None,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Folds; rarer labels are not judged.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Decides the folds.")] = 0,
    top: Annotated[int, typer.Option(min=0, help="List at most so many; 0 for all.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON, without texts.")] = False,
) -> None:
    """Rank the examples whose label a model would not predict that learned from all others.

    Write the list with --output, fill in its column decision (keep, drop, suggested, or the right label), and apply it
    with `retune suspects apply`.

    Example: retune suspects find train.jsonl --output suspects.csv
    """
    from components.dataset_validation.suspected_labels.labelled import read_labelled
    from components.dataset_validation.suspected_labels.rank import rank_suspects
    from components.dataset_validation.suspected_labels.review_file import write_review

    if output is not None:
        refuse_to_overwrite(Path(output), force=force)
    with err.status("learning from the other examples"):
        ranking = rank_suspects(read_labelled(open_files(files), label_field), folds=folds, seed=seed)
    suspects = ranking.suspects[:top] if top else ranking.suspects
    if output is not None:
        with written_file(output, force=force) as target:
            write_review(target, suspects)
    if as_json:
        listed = [
            {
                "file": one.example.file,
                "line": one.example.line,
                "given": one.example.label,
                "suggested": one.suggested,
                "quality": round(one.quality, 6),
            }
            for one in suspects
        ]
        print_json({"judged": ranking.judged, "rare_labels": ranking.rare_labels, "suspects": listed})
        return
    out.print(f"{len(ranking.suspects):,} of {ranking.judged:,} labels are suspected to be wrong")
    if ranking.rare_labels:
        out.print(f"{len(ranking.rare_labels)} label(s) have fewer than {folds} examples and were not judged")
    for one in suspects[:SHOWN]:
        given, suggested, text = map(_shown, (one.example.label, one.suggested, one.example.text))
        out.print(f"  line {one.example.line}: {given}, rather {suggested}? {text}", markup=False, overflow="ellipsis")
    if output is not None:
        out.print(f"fill in the column decision of {output}, then: retune suspects apply {output} …", markup=False)


def _shown(text: str) -> str:
    """The text for a terminal: cut, and without what could steer it."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text[:SHOWN_CHARS])


@app.command("apply")
def apply(
    review: Annotated[Path, typer.Argument(help="The reviewed CSV file.", exists=True, dir_okay=False)],
    files: Annotated[list[str], typer.Argument(help="The files that were ranked, by the same names.")],
    output_dir: Annotated[Path, typer.Option("--output-dir", "-o", help="Folder for the corrected files.")],
    label_field: LabelField = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
) -> None:
    """Write corrected copies of the files; every line without a decision stays byte for byte.

    Example: retune suspects apply suspects.csv train.jsonl --output-dir corrected
    """
    from components.dataset_validation.suspected_labels.apply import corrected_lines
    from components.dataset_validation.suspected_labels.review_file import Decision, read_decisions
    from components.errors import configuration_error

    by_file: defaultdict[str, dict[int, Decision]] = defaultdict(dict)
    for decision in read_decisions(review.open("rb"), str(review)):
        by_file[decision.file][decision.line] = decision
    opened = {file.name: file for file in open_files(files)}
    for name in by_file.keys() - opened.keys():
        raise configuration_error(
            "CONFIG-NO-FILE", "the review speaks of a file that was not given", "name it as it was named then", name
        )
    targets = {name: output_dir / name.rsplit("/", 1)[-1] for name in opened}
    for path in targets.values():
        refuse_to_overwrite(path, force=force)
    output_dir.mkdir(parents=True, exist_ok=True)
    for name, file in opened.items():
        with written_file(str(targets[name]), force=True) as target:
            for line in corrected_lines(file, by_file[name], label_field):
                target.write(line + b"\n")
    decisions = [one for named in by_file.values() for one in named.values()]
    dropped = sum(one.label is None for one in decisions)
    out.print(f"{len(decisions) - dropped:,} label(s) changed, {dropped:,} example(s) dropped; in {output_dir}")
