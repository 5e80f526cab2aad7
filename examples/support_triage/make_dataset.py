"""Writes the support triage dataset: train.jsonl, validation.jsonl and test.jsonl.

The tickets are composed from the sentences of material.yaml with a fixed seed, so every run writes the same bytes:

    python examples/support_triage/make_dataset.py [FOLDER]

No ticket occurs twice, not even with other case or spacing. Of the sentences that decide the label, 8 % of the test
file are worded as in no other file, so the test measures more than memory. 3 % of the priorities are one step off, as
if the labeller had been in a hurry, in all three files.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
ROWS = {"train": 420, "validation": 60, "test": 120}
SEED = 20261121
UNSEEN_SHARE = 0.08
WRONG_PRIORITY_SHARE = 0.03
TYPO_SHARE = 0.2
# An invoice stops nobody's work, and praise is in no hurry.
WITHOUT = {"scopes": ("billing", "feedback"), "deadlines": ("feedback",)}
PRIORITIES = ("low", "normal", "high", "urgent")


def main() -> None:
    """Write the three files to the folder given on the command line, by default next to this script."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    material = yaml.safe_load((HERE / "material.yaml").read_text(encoding="utf-8"))
    system = system_instruction(material)
    generator = random.Random(SEED)  # noqa: S311 - reproducible text, no secret
    taken: set[str] = set()
    for split, rows in ROWS.items():
        tickets = _tickets(split, rows, material, generator, taken)
        lines = [_example(ticket, answer, system) for ticket, answer in tickets]
        (folder / f"{split}.jsonl").write_text("".join(lines), encoding="utf-8", newline="\n")


def system_instruction(material: dict[str, Any]) -> str:
    """What every example tells the model: the task and the values each key may have."""
    situations = material["situations"]
    categories = ", ".join(dict.fromkeys(situation["category"] for situation in situations))
    actions = ", ".join(dict.fromkeys(situation["action"] for situation in situations))
    return (
        "You triage support tickets of a team workspace application. Answer with one JSON object with the keys "
        "category, priority and action, on one line and nothing else. The priority is that of the gravest of: the "
        "harm, how many people are affected, how much it hurries.\n"
        f"category: one of {categories}\n"
        f"priority: one of {', '.join(PRIORITIES)}\n"
        f"action: one of {actions}"
    )


def _tickets(
    split: str, rows: int, material: dict[str, Any], generator: random.Random, taken: set[str]
) -> list[tuple[str, dict[str, str]]]:
    tickets: list[tuple[str, dict[str, str]]] = []
    while len(tickets) < rows:
        # Every situation gets its turn before one is drawn again.
        situation = material["situations"][len(tickets) % len(material["situations"])]
        text, level = _compose(situation, material, generator, unseen=split == "test")
        normalised = "".join(text.casefold().split())
        if normalised in taken:
            continue
        taken.add(normalised)
        priority = _priority(level, generator)
        answer = {"category": situation["category"], "priority": priority, "action": situation["action"]}
        tickets.append((text, answer))
    generator.shuffle(tickets)
    return tickets


def _compose(
    situation: dict[str, Any], material: dict[str, Any], generator: random.Random, *, unseen: bool
) -> tuple[str, int]:
    """A ticket's text and the level of its priority: the highest of situation, scope and deadline."""
    level = situation["level"]
    sentences = [_wording(situation, generator, unseen=unseen)]
    if generator.random() < 0.6:
        sentences.append(generator.choice(material["details"]))
    for aspect, share in (("scopes", 0.55), ("deadlines", 0.45)):
        if situation["category"] not in WITHOUT[aspect] and generator.random() < share:
            chosen = generator.choice(material[aspect])
            level = max(level, chosen["level"])
            sentences.append(_wording(chosen, generator, unseen=unseen))
    if len(sentences) > 2 and generator.random() < 0.3:
        sentences[0], sentences[1] = sentences[1], sentences[0]
    return _letter(sentences, material, generator), level


def _wording(phrases: dict[str, Any], generator: random.Random, *, unseen: bool) -> str:
    new = unseen and generator.random() < UNSEEN_SHARE
    sentence: str = generator.choice(phrases["unseen"] if new else phrases["wordings"])
    return sentence


def _letter(sentences: list[str], material: dict[str, Any], generator: random.Random) -> str:
    """The sentences as people send them: with or without greeting, paragraphs, capitals and typing errors."""
    body = " ".join(sentences)
    if len(sentences) > 2 and generator.random() < 0.25:
        body = " ".join(sentences[:-1]) + "\n\n" + sentences[-1]
    if generator.random() < 0.45:
        separator = generator.choice((", ", ",\n\n"))
        body = generator.choice(material["openings"]) + separator + body
    if generator.random() < 0.35:
        body += generator.choice((" ", "\n\n")) + generator.choice(material["closings"])
    if generator.random() < TYPO_SHARE:
        body = _with_typo(body, generator)
    return body.lower() if generator.random() < 0.12 else body


def _with_typo(text: str, generator: random.Random) -> str:
    """The text with two neighbouring letters swapped or one left out."""
    letters = [index for index in range(1, len(text) - 1) if text[index].isalpha() and text[index + 1].isalpha()]
    at = generator.choice(letters)
    if generator.random() < 0.5:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :]


def _priority(level: int, generator: random.Random) -> str:
    if generator.random() < WRONG_PRIORITY_SHARE:
        level += 1 if level == 0 else -1
    return PRIORITIES[level]


def _example(ticket: str, answer: dict[str, str], system: str) -> str:
    example = {
        "systemInstruction": {"parts": [{"text": system}]},
        "contents": [
            {"role": "user", "parts": [{"text": ticket}]},
            {"role": "model", "parts": [{"text": json.dumps(answer, separators=(",", ":"))}]},
        ],
    }
    return json.dumps(example, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
