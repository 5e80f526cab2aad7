"""`python -m benchmarks.validation`: validation against parsers and other ways to check, as ratios of one run."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.mixed_dataset import CONTENTS, write
from benchmarks.processes import Measured, fastest, machine, measure

ROUNDS = 3
_PYDANTIC = "import runpy\nsys.argv[1:] = [train{}]\nrunpy.run_module('benchmarks.peers.pydantic_models')"
PROGRAMS = {
    "orjson.loads of every line": "import orjson\nfor line in open(train, 'rb'): orjson.loads(line)",
    "json.loads of every line": "import json\nfor line in open(train, 'rb'): json.loads(line)",
    "retune validate, 1 process": "run('--workers', '1')",
    "retune validate, 2 processes": "run('--workers', '2')",
    "the same checks on the standard library": "from benchmarks.standard_library import check; check(train, test)",
    "pydantic models of the shape, by line": _PYDANTIC.format(""),
    "pydantic models of its types alone, by line": _PYDANTIC.format(", '--types'"),
}
SLOW = ("the same checks on the standard library",)
_PREAMBLE = """
import sys
train, test = {train!r}, {test!r}
def run(*options):
    from pipelines.cli.main import app
    app(["validate", "--train", train, "--test", test, "--json", *options], standalone_mode=False)
"""


def compare(folder: Path, examples: int, content: str, only: set[str], rounds: int = ROUNDS) -> Table:
    """The programs on one generated dataset, alternating; the best round of each counts."""
    train, test = folder / "train.jsonl", folder / "test.jsonl"
    write(train, examples, content=content)
    write(test, max(100, examples // 100), content=content, seed=2)
    preamble = _PREAMBLE.format(train=str(train), test=str(test))
    seen: dict[str, list[Measured]] = {}
    for number in range(rounds):
        for name, program in PROGRAMS.items():
            if name in only and not (number and name in SLOW):
                seen.setdefault(name, []).append(measure(preamble + program))
    return _table(seen, f"{content}, {examples:,} examples, {train.stat().st_size / 1e6:,.0f} MB")


def _table(seen: dict[str, list[Measured]], title: str) -> Table:
    table = Table(box=None, title=title, title_justify="left", header_style="bold")
    for heading in ("what", "seconds", "x orjson", "x json", "CPU seconds", "x orjson", "x json", "MB of memory"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    best = {name: fastest(rounds) for name, rounds in seen.items()}
    orjson, json = (best[name] for name in list(PROGRAMS)[:2])
    for name, one in best.items():
        cells = [
            cell
            for ours, theirs in zip(one[:2], zip(orjson[:2], json[:2], strict=True), strict=True)
            for cell in (f"{ours:.2f}", *(f"{ours / other:.2f}" for other in theirs))
        ]
        table.add_row(name, *cells, f"{one.peak / 1e6:.0f}")
    return table


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="example: python -m benchmarks.validation --examples 1000000 --content mixed short --rounds 1",
    )
    parser.add_argument("--examples", type=int, default=100_000, help="examples of the training file")
    parser.add_argument("--content", choices=CONTENTS, nargs="*", default=["mixed"], help="kinds of content")
    parser.add_argument("--all", action="store_true", help="also the slow ways to check")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds, of which the fastest counts")
    asked = parser.parse_args(arguments)
    console = Console(width=140)
    console.print(f"{machine()}; fastest of {asked.rounds} fresh processes, in seconds and as ratios", highlight=False)
    for content in asked.content:
        with tempfile.TemporaryDirectory() as folder:
            only = set(PROGRAMS) if asked.all else set(list(PROGRAMS)[:4])
            console.print(compare(Path(folder), asked.examples, content, only, asked.rounds))


if __name__ == "__main__":
    main()
