"""A generated dataset of mixed content: what the timings of validation are about."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LATIN = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "customer",
    "order",
    "payment",
    "account",
    "please",
    "was",
    "not",
    "card",
    "my",
    "when",
    "help",
    "refund",
    "ticket",
    "late",
]
CYRILLIC = [
    "и",
    "в",
    "не",
    "на",
    "что",
    "заказ",
    "оплата",
    "карта",
    "мой",
    "когда",
    "помощь",
    "возврат",
    "билет",
    "поздно",
    "спасибо",
    "клиент",
    "счёт",
    "пароль",
]
CHINESE = "的一是不了人我在有他这为之大来以个中上们订单付款账户退款密码客服快递".strip()
LABELS = [f"label_{number}" for number in range(60)]
CONTENTS = ("mixed", "prose", "cyrillic", "chinese", "chats", "code", "short")


def write(path: Path, examples: int, *, content: str = "mixed", seed: int = 1) -> None:
    """Write so many examples, about 1 KB each unless the content is `short`; the same for the same seed.

    Mixed content is 25 % classification, 7 % with a file, 15 % conversations of several turns; a third of the lines has
    characters outside ASCII, and 30 % of the lines are written as json.dumps does, with spaces and escapes.
    """
    generator = random.Random(seed)
    with path.open("wb") as file:
        for number in range(examples):
            spaced = content in ("mixed", "code") and generator.random() < 0.3
            line = _mixed(generator, number) if content == "mixed" else _plain(generator, number, content)
            separators = None if spaced else (",", ":")
            file.write(json.dumps(line, ensure_ascii=spaced, separators=separators).encode() + b"\n")


def _mixed(generator: random.Random, number: int) -> dict[str, Any]:
    words = LATIN if generator.random() < 0.66 else generator.choice((CYRILLIC, list(CHINESE)))
    kind = generator.random()
    if kind < 0.25:
        return _line([(_text(generator, words, 760, number), generator.choice(LABELS))])
    if kind < 0.32:
        line = _line([(_text(generator, words, 300, number), _text(generator, words, 350, number))])
        file = {"fileData": {"mimeType": "image/jpeg", "fileUri": f"gs://bucket/images/{number}.jpg"}}
        line["contents"][0]["parts"].insert(0, file)
        return line
    if kind < 0.47:
        turns = generator.randint(2, 5)
        pairs = [(_text(generator, words, 400 // turns, number),) * 2 for _ in range(turns)]
        return _line(pairs, "You answer questions of customers in short, friendly sentences.")
    return _line([(_text(generator, words, 400, number), _text(generator, words, 380, number))])


def _plain(generator: random.Random, number: int, content: str) -> dict[str, Any]:
    if content == "short":
        return _line([(f"{number} {generator.choice(LATIN)}", generator.choice(LABELS))])
    if content == "chats":
        return _line([(_text(generator, LATIN, 40, number),) * 2 for _ in range(10)])
    if content == "code":
        code = "".join(f'\tif "{word}" in C:\\\\temp:\n' for word in generator.choices(LATIN, k=24))
        return _line([(f"{number}\n{code}", code)])
    words: list[str] = {"prose": LATIN, "cyrillic": CYRILLIC, "chinese": list(CHINESE)}[content]
    return _line([(_text(generator, words, 430, number), _text(generator, words, 420, number))])


def _text(generator: random.Random, words: list[str], size: int, number: int) -> str:
    joint = "" if len(words[0]) == 1 and words is not LATIN else " "
    count = max(1, size // (4 if joint == "" else 6 if words is LATIN else 13))
    return f"{number}: " + joint.join(generator.choices(words, k=count))


def _line(pairs: list[tuple[str, str]], system: str = "") -> dict[str, Any]:
    contents = [
        {"role": role, "parts": [{"text": text}]}
        for pair in pairs
        for role, text in zip(("user", "model"), pair, strict=True)
    ]
    return ({"systemInstruction": {"parts": [{"text": system}]}} if system else {}) | {"contents": contents}


def prompts(path: Path) -> Iterator[str]:
    """The first text of each line."""
    with path.open("rb") as file:
        for line in file:
            yield json.loads(line)["contents"][0]["parts"][-1]["text"]
