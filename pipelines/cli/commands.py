"""The commands of `retune`, each loaded when it is used, so that a small one does not wait for the large ones."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS = {
    "run": "pipelines.cli.run:run",
    "plan": "pipelines.cli.plan:plan",
    "evaluate": "pipelines.cli.evaluate:evaluate",
    "report": "pipelines.cli.report:report",
    "compare": "pipelines.cli.compare:compare",
    "validate": "pipelines.cli.validate:validate",
    "rules": "pipelines.cli.rules:rules",
    "convert": "pipelines.cli.convert:convert",
    "split": "pipelines.cli.split:split",
    "dedupe": "pipelines.cli.dedupe:dedupe",
    "suspects": "pipelines.cli.suspects:app",
    "stats": "pipelines.cli.stats:stats",
    "review": "pipelines.cli.review:review",
    "shadow": "pipelines.cli.shadow:shadow",
    "status": "pipelines.cli.status:status",
    "watch": "pipelines.cli.watch:watch",
    "promote": "pipelines.cli.promote:promote",
    "releases": "pipelines.cli.releases:releases",
    "rollback": "pipelines.cli.rollback:rollback",
    "doctor": "pipelines.cli.doctor:doctor",
    "clean": "pipelines.cli.clean:clean",
    "resolve": "pipelines.cli.resolve:resolve",
    "submit": "pipelines.cli.submit:submit",
    "schedule": "pipelines.cli.schedule:app",
    "compile": "pipelines.cli.compile:compile_pipeline",
    "template": "pipelines.cli.template:app",
    "models": "pipelines.cli.models:models",
    "local": "pipelines.cli.local:app",
}


class Commands(TyperGroup):
    """The commands by name; modules are imported by the command that is called, and by the list of all."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order in which they are shown."""
        return list(COMMANDS)

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
