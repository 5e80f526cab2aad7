"""The help of every command shows an example."""

from __future__ import annotations

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from pipelines.cli.main import app


def commands(group: TyperGroup, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command, those of groups included."""
    found: list[tuple[str, ...]] = []
    context = typer.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        words = (*before, name)
        found += commands(command, words) if isinstance(command, TyperGroup) else [words]
    return found


_GROUP = typer.main.get_group(app)
assert isinstance(_GROUP, TyperGroup)
COMMANDS = commands(_GROUP)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words))
def test_help_shows_an_example(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*words, "--help"])
    assert shown.exit_code == 0
    assert "Example: " in shown.output
