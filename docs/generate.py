"""Writes the pages of this folder that are made from code: `python -m docs.generate`."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import typer.main
from typer.testing import CliRunner

from components.dataset_validation.rules.catalogue import RULES, Profile
from components.evaluation.evaluation import Evaluation
from components.evaluation.report_data import ReportData
from docs.terraform_tables import write_readmes
from tests.local_vertex.conformance import coverage
from tests.local_vertex.conformance.coverage_all import AREAS

ROOT = Path(__file__).parents[1]
NOTICE = "<!-- Made by `make docs`; change the code and run it again. -->\n"
ERROR_MAKERS = frozenset({"RetuneError", "LocalVertexError", "dataset_error", "configuration_error", "service_error"})


def pages() -> dict[str, str]:
    """The generated pages: Markdown and schemas by file name in this folder."""
    return {
        "evaluation.schema.json": _schema(Evaluation),
        "report.schema.json": _schema(ReportData),
        "commands.md": _commands(),
        "errors.md": _errors(),
        "dataset_rules.md": _rules(),
        "local_vertex_coverage.md": f"{NOTICE}\n{coverage.page(AREAS)}",
    }


def _commands() -> str:
    from pipelines.cli.main import app

    text = [NOTICE, "# Commands\n"]
    for path in _paths(typer.main.get_command(app)):
        shown = CliRunner().invoke(app, [*path, "--help"], prog_name="retune", env={"COLUMNS": "100"}).output
        text.append(f"## `{' '.join(('retune', *path))}`\n\n```text\n{shown.strip()}\n```\n")
    return "\n".join(text)


def _paths(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The command and everything below it, as words after `retune`."""
    yield path
    if hasattr(command, "list_commands"):
        context = command.make_context("retune", [], resilient_parsing=True)
        for name in command.list_commands(context):
            yield from _paths(command.get_command(context, name), (*path, name))


def _errors() -> str:
    text = [
        NOTICE,
        "# Error codes\n",
        "Codes are stable. Dataset findings have codes of their own: `dataset_rules.md`.\n",
    ]
    text += ["| code | raised in |", "|---|---|"]
    places: dict[str, set[str]] = {}
    for folder in ("components", "pipelines", "local_vertex"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for code in _codes(path):
                places.setdefault(code, set()).add(str(path.relative_to(ROOT)))
    text += [f"| `{code}` | {', '.join(f'`{place}`' for place in sorted(places[code]))} |" for code in sorted(places)]
    return "\n".join(text) + "\n"


def _codes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ERROR_MAKERS
            and node.args
        ):
            code = node.args[0]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield code.value


def _schema(kind: type) -> str:
    """The JSON schema (draft 2020-12) of a record."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


def _rules() -> str:
    text = [
        NOTICE,
        "# Dataset rules\n",
        "What `retune validate` and the pipeline's first step check. `validation.profile` chooses between severities;",
        "`validation.severity` changes single ones, but for the rules about files that cannot be read.\n",
        "| rule | default | strict | lenient |",
        "|---|---|---|---|",
    ]
    for code, rule in RULES.items():
        severities = " | ".join(rule.severity_in(profile) for profile in get_args(Profile))
        text.append(f"| [`{code}`](#{code.lower()}) | {severities} |")
    for code, rule in RULES.items():
        text.append(f"\n## `{code}`\n\n{rule.explanation}\n\n{rule.remedy[:1].upper()}{rule.remedy[1:]}.\n")
        text.append(f"```text\n{rule.example}\n```")
    text.append("")
    return "\n".join(text)


if __name__ == "__main__":
    for name, content in pages().items():
        (ROOT / "docs" / name).write_text(content, encoding="utf-8")
    write_readmes()
