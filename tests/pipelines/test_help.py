"""The help of every command shows an example, and the list of all is there at once."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from pipelines.cli.commands import COMMANDS as TARGETS
from pipelines.cli.commands import SECTIONS
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
def test_help_shows_an_example_and_each_begins_a_line(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*words, "--help"])
    assert shown.exit_code == 0
    assert shown.output.count("\n  Example: ") == shown.output.count("Example:") > 0


LISTED = """
import sys
from typer.testing import CliRunner
from pipelines.cli.main import app
print(CliRunner().invoke(app, ["--help"], prog_name="retune", env={"COLUMNS": "80"}).output)
print(*(name for name in sys.modules if name.startswith("pipelines.cli.")), file=sys.stderr)
"""


def test_the_list_of_commands_fits_a_terminal_and_loads_none_of_them() -> None:
    done = subprocess.run([sys.executable, "-c", LISTED], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "pipelines.cli.commands" in loaded
    assert not loaded & {target.partition(":")[0] for target in TARGETS.values()}
    for heading, section in SECTIONS.items():
        assert f"\n{heading}:\n" in done.stdout
        for name, listed in section.items():
            assert f"\n  {name:8}  {listed.summary}\n" in done.stdout


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    shown = CliRunner().invoke(app, ["valdate"])
    assert shown.exit_code == 2
    assert "Did you mean 'validate'" in shown.output
