"""`python -m benchmarks.startup`: from the start of the process to the verdict on a file of 100 lines."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.mixed_dataset import write
from benchmarks.processes import cpu_seconds, machine

VALIDATE = "import sys\nfrom pipelines.cli.main import main\nsys.argv[1:1] = ['validate']\nmain()"
PROGRAMS = {
    "python -c pass": "pass",
    "python -c 'import numpy'": "import numpy",
    "python -c 'import pandas'": "import pandas",
    "retune --help": "import sys\nfrom pipelines.cli.main import main\nsys.argv[1:] = ['--help']\nmain()",
    "retune validate, 100 lines": VALIDATE,
}


def best(rounds: int, path: Path) -> dict[str, tuple[float, float]]:
    """Wall seconds and processor seconds of each program, the shortest of all rounds; the programs alternate."""
    seen = dict.fromkeys(PROGRAMS, (float("inf"), float("inf")))
    for _ in range(rounds):
        for name, program in PROGRAMS.items():
            started, used = time.perf_counter(), cpu_seconds()
            subprocess.run([sys.executable, "-c", program, str(path)], stdout=subprocess.DEVNULL, check=True)
            seconds, cpu = time.perf_counter() - started, cpu_seconds() - used
            seen[name] = min(seen[name][0], seconds), min(seen[name][1], cpu)
    return seen


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: python -m benchmarks.startup --rounds 20")
    parser.add_argument("--rounds", type=int, default=10, help="rounds, of which the fastest counts")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.jsonl"
        write(path, 100)
        seen = best(asked.rounds, path)
    bare, numpy = (seen[name] for name in list(PROGRAMS)[:2])
    sys.stdout.write(f"{machine()}; fastest of {asked.rounds}\n")
    headings = "".join(f"{heading:>9}" for heading in ("ms", "x pass", "x numpy", "CPU ms", "x pass", "x numpy"))
    sys.stdout.write(f"{'what':<28}{headings}\n")
    for name, times in seen.items():
        cells = "".join(
            f"{one * 1000:>9.0f}{one / of_bare:>9.1f}{one / of_numpy:>9.1f}"
            for one, of_bare, of_numpy in zip(times, bare, numpy, strict=True)
        )
        sys.stdout.write(f"{name:<28}{cells}\n")


if __name__ == "__main__":
    main()
