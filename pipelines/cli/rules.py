"""`retune rules`: shows what dataset validation checks."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from pipelines.cli.output import out, print_json


def rules(
    code: Annotated[str | None, typer.Argument(help="Explain this rule.")] = None,
    profile: Annotated[
        Literal["default", "strict", "lenient"], typer.Option(help="Whose severities are shown.")
    ] = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the rules of dataset validation, or explain one.

    Example: retune rules DATA-LEAK-TEST
    """
    from dataclasses import asdict

    from rich.markup import escape
    from rich.table import Table

    from components.dataset_validation.rules.catalogue import RULES
    from components.dataset_validation.shape.spelling import nearest
    from components.errors import configuration_error

    if code is not None and code not in RULES:
        meant = nearest(code, RULES)
        raise configuration_error(
            "CONFIG-RULE",
            f"there is no rule {code[:60]!r}" + (f"; did you mean {meant}?" if meant else ""),
            "run `retune rules` to see all of them",
        )
    shown = [RULES[code]] if code else list(RULES.values())
    if as_json:
        print_json([asdict(rule) | {"severity": rule.severity_in(profile)} for rule in shown])
        return
    if code:
        rule = RULES[code]
        grid = Table.grid(padding=(0, 2))
        for name, text in (("demands", rule.explanation), ("for example", rule.example), ("remedy", rule.remedy)):
            grid.add_row(name, escape(text))
        out.print(f"{rule.code}  {rule.severity_in(profile)}", style="bold", markup=False)
        out.print(grid)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("rule", "severity", "what it demands"):
        table.add_column(heading, no_wrap=heading != "what it demands")
    for rule in shown:
        table.add_row(rule.code, rule.severity_in(profile), rule.explanation)
    out.print(table)
