"""A plan as tables that people read."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from components.run_planning.duration import Duration
from components.run_planning.plan import CandidateCost, Plan


def show_plan(console: Console, name: str, plan: Plan, *, asked: bool) -> None:
    """Print decision, candidates, answers, totals and warnings.

    Args:
        console: Where to print.
        name: Name of the model line.
        plan: The plan.
        asked: Whether earlier runs and the service were asked.
    """
    style = "bold green" if plan.decision == "tune" else "bold cyan"
    console.print(f"[{style}]{plan.decision}[/]  {escape(name)}: {escape(plan.reason)}")
    if not asked:
        console.print("Nobody was asked: earlier runs and jobs are not known.", style="dim")
    if plan.new_examples is not None:
        console.print(f"{plan.new_examples:,} training examples are new since the last run that succeeded.")
    console.print()
    console.print(_tuning(plan))
    console.print()
    console.print(_answers(plan))
    console.print()
    most = plan.tuning_usd_high + plan.evaluation_usd
    total = plan.tuning_usd + plan.evaluation_usd
    console.print("Answers of earlier runs are kept and not paid again.", style="dim")
    console.print(f"together  {_usd(total)}, at most {_usd(most)}; the budget is {_usd(plan.budget_usd)}")
    for base_model, count in plan.tokens.items():
        console.print(f"tokens    {escape(base_model)}: {count.in_words}", style="dim")
    for warning in plan.warnings:
        console.print(f"[yellow]warning[/]   {escape(warning)}")


def _tuning(plan: Plan) -> Table:
    table = _table("tune", ("tokens × epochs", "US$", "at most", "minutes"))
    for candidate, cost in zip(plan.candidates, plan.costs, strict=True):
        if cost.existing_job:
            job = cost.existing_job.rsplit("/", 1)[-1]
            table.add_row(
                f"{escape(candidate.label)}\n[dim]reuses job {job}[/]", f"{cost.tokens:,}", "0.00", "0.00", "0"
            )
        else:
            table.add_row(escape(candidate.label), f"{cost.tokens:,}", *_costs(cost), _minutes(cost.duration))
    table.add_row("[bold]tuning[/]", "", f"{plan.tuning_usd:,.2f}", f"{plan.tuning_usd_high:,.2f}", _sum(plan))
    return table


def _answers(plan: Plan) -> Table:
    table = _table("ask", ("answers", "prompt tokens", "answer tokens", "US$"))
    for cost in plan.evaluation:
        usd = "no price" if cost.usd is None else f"{cost.usd:,.2f}"
        table.add_row(
            escape(cost.who), *(f"{n:,}" for n in (cost.answers, cost.prompt_tokens, cost.answer_tokens)), usd
        )
    table.add_row("[bold]answers[/], kept ones are not paid again", "", "", "", f"{plan.evaluation_usd:,.2f}")
    return table


def _table(first: str, others: tuple[str, ...]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(first)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _costs(cost: CandidateCost) -> tuple[str, str]:
    if cost.usd is None or cost.usd_high is None:
        return "no price", "no price"
    return f"{cost.usd:,.2f}", f"{cost.usd_high:,.2f}"


def _minutes(duration: Duration | None) -> str:
    """The time, or `?` where no earlier job says anything."""
    if duration is None:
        return "?"
    low, high = duration.low_minutes, duration.high_minutes
    return f"{low:,.1f}" if f"{low:.1f}" == f"{high:.1f}" else f"{low:,.1f} to {high:,.1f}"


def _sum(plan: Plan) -> str:
    """One job after the other, as a quota of one job at a time would have them."""
    new = [cost.duration for cost in plan.costs if not cost.existing_job]
    known = [duration for duration in new if duration is not None]
    if len(known) < len(new):
        return "?"
    total = Duration(sum(one.low_minutes for one in known), sum(one.high_minutes for one in known), len(known))
    return _minutes(total) if known else "0"


def _usd(amount: float) -> str:
    return f"${amount:,.2f}"
