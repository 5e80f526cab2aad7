"""The only place that prints: to people through rich, to machines as JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from rich.console import Console
from rich.markup import escape

from components.errors import RetuneError

UNCUT_COLUMNS = 160
"""Where no terminal says how wide it is, as in a pipe, tables are as wide as they need to be."""

_told = sys.stdout.isatty() or "COLUMNS" in os.environ
# Texts such as `:bug:` are those of files and messages, not names of pictures.
out = Console(emoji=False, highlight=False, soft_wrap=False, width=None if _told else UNCUT_COLUMNS)
err = Console(stderr=True, emoji=False, highlight=False, soft_wrap=True)


@contextmanager
def log_beside() -> Iterator[None]:
    """What steps print for the log of a task goes to standard error: standard output is the command's result."""
    with redirect_stdout(sys.stderr):
        yield


def print_json(value: Any) -> None:
    """One JSON document on standard output, for machines."""
    sys.stdout.write(json.dumps(value, indent=2, sort_keys=True, default=str) + "\n")


def print_error(error: RetuneError) -> None:
    """The error on standard error: what, where, what next, and what else its notes say."""
    err.print(f"[bold red]{escape(error.code)}[/]  {escape(_sentence(error.message))}")
    if error.where:
        err.print(f"  where  {escape(error.where)}")
    err.print(f"  next   {escape(error.next_step)}")
    for note in getattr(error, "__notes__", []):
        err.print(f"  {escape(note)}", style="dim")


def _sentence(text: str) -> str:
    """The text as a sentence; an identifier at its start stays as it is written in the file."""
    first = text.partition(" ")[0].rstrip(":,")
    return text[:1].upper() + text[1:] if first.isalpha() else text
