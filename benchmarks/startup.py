"""`python -m benchmarks.startup`: from the start of the process to the verdict on a file of 100 lines."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.mixed_dataset import write
from benchmarks.processes import machine

VALIDATE = "import sys\nfrom pipelines.cli.main import main\nsys.argv[1:1] = ['validate']\nmain()"
PROGRAMS = {
    "python -c pass": "pass",
    "python -c 'import numpy'": "import numpy",
    "python -c 'import pandas'": "import pandas",
    "retune --help": "import sys\nfrom pipelines.cli.main import main\nsys.argv[1:] = ['--help']\nmain()",
    "retune validate, 100 lines": VALIDATE,
}


def fastest(rounds: int, path: Path) -> dict[str, float]:
    """Wall seconds of each program in its fastest round; the programs alternate."""
    best = dict.fromkeys(PROGRAMS, float("inf"))
    for _ in range(rounds):
        for name, program in PROGRAMS.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", program, str(path)], stdout=subprocess.DEVNULL, check=True)
            best[name] = min(best[name], time.perf_counter() - started)
    return best


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: python -m benchmarks.startup --rounds 20")
    parser.add_argument("--rounds", type=int, default=10, help="rounds, of which the fastest counts")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.jsonl"
        write(path, 100)
        best = fastest(asked.rounds, path)
    bare, numpy = (best[name] for name in list(PROGRAMS)[:2])
    sys.stdout.write(f"{machine()}; fastest of {asked.rounds}\n")
    sys.stdout.write(f"{'what':<28}{'ms':>8}{'x pass':>10}{'x numpy':>10}\n")
    for name, seconds in best.items():
        sys.stdout.write(f"{name:<28}{seconds * 1000:>8.0f}{seconds / bare:>10.1f}{seconds / numpy:>10.1f}\n")


if __name__ == "__main__":
    main()
