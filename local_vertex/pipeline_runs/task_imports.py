"""What the tasks of a pipeline will import, read from the source that a lightweight Python component carries."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import CodeType

from local_vertex.calls import Json
from local_vertex.pipeline_runs.spec import task_commands


def import_statements(spec: Json) -> list[CodeType]:
    """The import statements of all tasks, wherever they stand in a component's function, each once.

    Args:
        spec: Compiled pipeline.

    Returns:
        Compiled statements, those of upstream tasks first. None of a task whose command carries no Python source.
    """
    sources = (command[-1] for command in task_commands(spec) if command)
    statements = (statement for source in sources for statement in _imports(source))
    return [compile(statement, "<imports of the tasks>", "exec") for statement in dict.fromkeys(statements)]


def _imports(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and not _is_star(node):
            yield ast.unparse(node)


def _is_star(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether it imports whatever there is, as every component does from KFP."""
    return any(alias.name == "*" for alias in node.names)
