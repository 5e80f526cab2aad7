"""`python -m benchmarks.peer_tools`: what a user would take instead of Retune, on the same file, as ratios of one run.

Installs each tool into a throw-away environment of its own from `peer_tools.txt`; none of them is a dependency.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.mixed_dataset import CONTENTS, write
from benchmarks.processes import Measured, fastest, machine, measure

HERE = Path(__file__).parent
OURS = """
import sys
from pipelines.cli.main import app
words = ["validate", "--train", sys.argv[1], "--workers", "{workers}", "--json"]
app(words, standalone_mode=False)
"""


def tools() -> dict[str, list[str]]:
    """Name of each program and what it needs."""
    lines = (HERE / "peer_tools.txt").read_text(encoding="utf-8").splitlines()
    split = (line.partition(":") for line in lines if line and not line.startswith("#"))
    return {name: needs.split() for name, _, needs in split}


def install(folder: Path, needs: list[str]) -> tuple[str, str]:
    """The interpreter of a new environment with these packages, and why it could not be made; one of them is empty."""
    if not needs:
        return sys.executable, ""
    python = str(folder / "bin" / "python")
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *needs],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            return "", (errors or done.stderr.splitlines() or ["failed"])[-1]
    return python, ""


def to_messages(source: Path, target: Path) -> None:
    """The dataset in OpenAI's format, for tools that know no other."""
    with source.open("rb") as lines, target.open("w", encoding="utf-8") as out:
        for line in lines:
            example = json.loads(line)
            turns = [("system", example["systemInstruction"])] if "systemInstruction" in example else []
            turns += [("assistant" if one["role"] == "model" else "user", one) for one in example["contents"]]
            messages = [
                {"role": role, "content": "\n".join(part.get("text", "[file]") for part in turn["parts"])}
                for role, turn in turns
            ]
            out.write(json.dumps({"messages": messages}, ensure_ascii=False) + "\n")


def checks(program: str) -> str:
    """What a program says that it looks at."""
    for node in ast.parse(program).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "CHECKS":
            return str(ast.literal_eval(node.value))
    return ""


def best(program: str, python: str, arguments: list[str], rounds: int) -> Measured:
    """The best of a few rounds."""
    return fastest([measure(program, python=python, arguments=arguments) for _ in range(rounds)])


def compare(folder: Path, examples: int, content: str, only: list[str], rounds: int) -> Table:
    """Every tool on one generated dataset."""
    train, messages = folder / "train.jsonl", folder / "messages.jsonl"
    write(train, examples, content=content)
    to_messages(train, messages)
    arguments = [str(train), str(messages), str(HERE / "peers" / "format.schema.json")]
    title = f"{content}, {examples:,} examples, {train.stat().st_size / 1e6:,.0f} MB"
    table = Table(box=None, title=title, title_justify="left", header_style="bold")
    for heading in ("what", "checks", "seconds", "x retune", "CPU seconds", "x retune", "MB of memory"):
        table.add_column(heading, justify="left" if heading in ("what", "checks") else "right")
    base = best(OURS.format(workers=1), sys.executable, arguments[:1], rounds)
    table.add_row("retune validate, 1 process", "all rules", *_cells(base, base))
    two = best(OURS.format(workers=2), sys.executable, arguments[:1], rounds)
    table.add_row("retune validate, 2 processes", "all rules", *_cells(two, base))
    for name, needs in tools().items():
        if only and name not in only:
            continue
        program = (HERE / "peers" / f"{name}.py").read_text(encoding="utf-8")
        label = f"{name} ({', '.join(needs)})" if needs else name
        python, failure = install(folder / name, needs)
        if not failure:
            try:
                table.add_row(label, checks(program), *_cells(best(program, python, arguments, rounds), base))
                continue
            except subprocess.CalledProcessError as error:
                failure = (str(error.stderr).strip().splitlines() or [f"ended with {error.returncode}"])[-1]
        table.add_row(label, f"not measured: {failure}"[:120])
    return table


def _cells(one: Measured, base: Measured) -> list[str]:
    wall, used = (f"{one.seconds / base.seconds:.2f}", f"{one.cpu_seconds / base.cpu_seconds:.2f}")
    return [f"{one.seconds:.2f}", wall, f"{one.cpu_seconds:.2f}", used, f"{one.peak / 1e6:.0f}"]


def main(arguments: list[str] | None = None) -> None:
    """Install, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: python -m benchmarks.peer_tools --examples 100000 --only pandas_frame duckdb_sql",
    )
    parser.add_argument("--examples", type=int, default=100_000, help="examples of the file, about 1 KB each")
    parser.add_argument("--content", choices=CONTENTS, default="mixed", help="kind of content")
    parser.add_argument("--only", nargs="*", default=[], choices=sorted(tools()), help="these tools only")
    parser.add_argument("--rounds", type=int, default=1, help="rounds, of which the fastest counts")
    asked = parser.parse_args(arguments)
    console = Console(width=180)
    console.print(f"{machine()}; fastest of {asked.rounds} fresh processes, imports included", highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        console.print(compare(Path(folder), asked.examples, asked.content, asked.only, asked.rounds))


if __name__ == "__main__":
    main()
