"""The checks of every line and of repetition on the standard library: what the fast engine is compared with.

Strict JSON with duplicate keys, the shape walk of the exact reader, SHA-256 of prompt, context and answer, duplicates,
conflicts, leaks, lengths and answer counts. Nothing is skipped that the default profile does with a valid line.
"""

from __future__ import annotations

import hashlib
from collections import Counter

from components.dataset_validation.lines.exact_line import read_exactly
from components.dataset_validation.lines.tokens import estimate_tokens


def check(train: str, test: str) -> dict[str, int]:
    """Counts of what was found in both files."""
    found: Counter[str] = Counter()
    known = _read(test, set(), found)
    _read(train, known, found)
    return dict(found)


def _read(path: str, known: set[bytes], found: Counter[str]) -> set[bytes]:
    prompts: set[bytes] = set()
    answers: dict[bytes, bytes] = {}
    lengths: Counter[int] = Counter()
    labels: Counter[str] = Counter()
    with open(path, "rb") as file:
        for line in file:
            reading, problems = read_exactly(line.rstrip(b"\n"))
            found.update(problem.code for problem in problems)
            if reading is None:
                continue
            prompt = hashlib.sha256("".join(reading.prompt.casefold().split()).encode()).digest()
            context = hashlib.sha256(f"{reading.system}\0{reading.prompt}".encode()).digest()
            answer = hashlib.sha256(reading.answer.encode()).digest()
            found["leak"] += prompt in known
            prompts.add(prompt)
            before = answers.setdefault(context, answer)
            found["repeated"] += before is not answer
            lengths[estimate_tokens(reading.system + reading.prompt + reading.answer)] += 1
            if len(reading.answer) <= 200:
                labels[reading.answer] += 1
    return prompts
