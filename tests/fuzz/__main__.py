"""`python -m tests.fuzz --lines 10000000`: reads mutated lines until it is done, or until one is read wrongly.

Every line goes through all readers by itself, then with a thousand others through the engine.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.batches import read_batch
from tests.fuzz.lines import mutated_lines, read_line

BATCH = 20_000
READ_AT_ONCE = 1000
HANG_S = 30
"""Of processor time, so that a machine with other things to do does not look like a hang."""


def run_batch(seed: int) -> Counter[str]:
    """Read one batch; the lines among which one fails or hangs are saved beside the program's output."""
    found: Counter[str] = Counter()
    lines: list[bytes] = []

    def hangs(*_: object) -> None:
        raise AssertionError(f"{READ_AT_ONCE:,} lines took more than {HANG_S} s of processor time")

    signal.signal(signal.SIGPROF, hangs)
    mutated = mutated_lines(seed, BATCH)
    try:
        for number in range(BATCH // READ_AT_ONCE):
            signal.setitimer(signal.ITIMER_PROF, HANG_S)
            lines, exact = [], []
            for line in itertools.islice(mutated, READ_AT_ONCE):
                lines.append(line)
                exact.append(read_line(line, found))
            read_batch(lines, exact, seed + number)
    except BaseException:
        Path(f"fuzz-{seed}.jsonl").write_bytes(b"\n".join(lines))
        raise
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return found


def main() -> None:
    """Run the batches and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    seeds = range(asked.seed * 1_000_000, asked.seed * 1_000_000 + -(-asked.lines // BATCH))
    started, found = time.perf_counter(), Counter[str]()
    with multiprocessing.Pool(asked.processes) as pool:
        for one in pool.imap_unordered(run_batch, seeds):
            found += one
    seconds = time.perf_counter() - started
    lines = len(seeds) * BATCH
    sys.stdout.write(f"{lines:,} lines in {seconds:,.0f} s, {lines / seconds:,.0f} a second\n")
    for code, count in sorted(found.items(), key=lambda one: (-one[1], one[0])):
        sys.stdout.write(f"{count:>12,}  {code}\n")


if __name__ == "__main__":
    main()
