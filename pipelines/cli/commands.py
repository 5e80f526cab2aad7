"""The commands of `retune`, each loaded when it is used, so that neither one nor the list waits for the rest."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class Listed(NamedTuple):
    """A command in the list of all.

    Attributes:
        target: Module and attribute of the function or the group.
        summary: What it is for, on one line of a plain terminal.
    """

    target: str
    summary: str


SECTIONS: dict[str, dict[str, Listed]] = {
    "Runs": {
        "run": Listed("pipelines.cli.run:run", "validate, tune, compare, and release what is better"),
        "plan": Listed("pipelines.cli.plan:plan", "what a run would tune, reuse and cost; starts nothing"),
        "evaluate": Listed("pipelines.cli.evaluate:evaluate", "compare any models on any file, without tuning"),
        "report": Listed("pipelines.cli.report:report", "the report of a run again, as a page, Markdown or JSON"),
        "compare": Listed("pipelines.cli.compare:compare", "the models of two runs, paired on the same examples"),
        "review": Listed("pipelines.cli.review:review", "one page on which experts compare answers blindly"),
    },
    "Datasets": {
        "validate": Listed("pipelines.cli.validate:validate", "check files line by line, without a cloud account"),
        "rules": Listed("pipelines.cli.rules:rules", "what is checked, or one rule explained"),
        "convert": Listed("pipelines.cli.convert:convert", "other formats and tables into Gemini's"),
        "split": Listed("pipelines.cli.split:split", "train, validation and test without leaks"),
        "dedupe": Listed("pipelines.cli.dedupe:dedupe", "leave out what repeats another example"),
        "suspects": Listed("pipelines.cli.suspects:app", "labels that are probably wrong, for review"),
        "stats": Listed("pipelines.cli.stats:stats", "sizes, labels, and what tuning would cost"),
    },
    "What serves": {
        "status": Listed("pipelines.cli.status:status", "what serves where, and whether everything agrees"),
        "releases": Listed("pipelines.cli.releases:releases", "what served when, with its evidence"),
        "rollback": Listed("pipelines.cli.rollback:rollback", "the version before serves again, at once"),
        "promote": Listed("pipelines.cli.promote:promote", "bring the champion to another environment"),
        "watch": Listed("pipelines.cli.watch:watch", "ask it fresh examples; ask for a run when it drops"),
        "shadow": Listed("pipelines.cli.shadow:shadow", "logged prompts, asked of champion and candidate"),
        "doctor": Listed("pipelines.cli.doctor:doctor", "find and repair what differs from the ledger"),
        "clean": Listed("pipelines.cli.clean:clean", "remove what nobody needs, never what serves"),
        "resolve": Listed("pipelines.cli.resolve:resolve", "the endpoint that an application calls"),
    },
    "Cloud and local Vertex": {
        "compile": Listed("pipelines.cli.compile:compile_pipeline", "write the one file that every place runs"),
        "template": Listed("pipelines.cli.template:app", "compiled pipelines in a registry"),
        "submit": Listed("pipelines.cli.submit:submit", "the scheduled run, for a changed dataset"),
        "schedule": Listed("pipelines.cli.schedule:app", "show, pause, resume the schedules; run one now"),
        "models": Listed("pipelines.cli.models:models", "base models: limits, prices, retirement"),
        "local": Listed("pipelines.cli.local:app", "local Vertex by itself, for any client"),
    },
}
COMMANDS = {name: listed.target for section in SECTIONS.values() for name, listed in section.items()}


class Commands(TyperGroup):
    """The commands by name; a module is imported by the command that is called."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # What typer suggests for a name that is wrong; the commands themselves are made by `get_command`.
        self.commands = {name: TyperCommand(name) for name in COMMANDS}

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order in which they are shown."""
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of all commands, for which none of them is imported."""
        width = max(map(len, COMMANDS))
        for heading, section in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), listed.summary) for name, listed in section.items()])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        target = getattr(import_module(module), attribute)
        if isinstance(target, typer.Typer):
            command: Any = typer.main.get_group(target)
        else:
            alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
            alone.command(cmd_name)(target)
            command = typer.main.get_command(alone)
        command.name = cmd_name
        return command
