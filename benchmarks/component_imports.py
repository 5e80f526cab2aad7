"""`python -m benchmarks.component_imports`: what the start of each pipeline task costs before it does anything."""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.processes import Measured, fastest, machine, measure

COMPONENTS = Path(__file__).parents[1] / "components"
EXECUTOR = "import kfp.dsl.executor_main"
YARDSTICKS = {"python -c pass": "pass", "import numpy": "import numpy", "kfp's executor alone": EXECUTOR}


def entries() -> Iterator[tuple[str, str]]:
    """Name of every component, and a program that imports what its task does: kfp's executor, then its body's own."""
    for path in sorted(COMPONENTS.glob("*/component.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                imports = [ast.unparse(one) for one in node.body if isinstance(one, ast.Import | ast.ImportFrom)]
                yield node.name.replace("_", "-"), "\n".join([EXECUTOR, *imports])


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="example: python -m benchmarks.component_imports --rounds 10"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the fastest counts")
    parser.add_argument("--python", default=sys.executable, help="interpreter, e.g. that of the image")
    asked = parser.parse_args(arguments)
    programs = {**YARDSTICKS, **dict(entries())}
    rounds: dict[str, list[Measured]] = {name: [] for name in programs}
    for _ in range(asked.rounds):
        for name, program in programs.items():
            rounds[name].append(measure(program, python=asked.python))
    numpy = fastest(rounds["import numpy"])
    sys.stdout.write(f"{machine()}; fastest of {asked.rounds}\n")
    sys.stdout.write(f"{'task':<22}{'ms':>8}{'x numpy':>9}{'CPU ms':>8}{'x numpy':>9}{'MB':>6}\n")
    for name, seen in rounds.items():
        best = fastest(seen)
        sys.stdout.write(
            f"{name:<22}{best.seconds * 1000:>8.0f}{best.seconds / numpy.seconds:>9.1f}"
            f"{best.cpu_seconds * 1000:>8.0f}{best.cpu_seconds / numpy.cpu_seconds:>9.1f}{best.peak / 1e6:>6.0f}\n"
        )


if __name__ == "__main__":
    main()
