"""Decides whether a run tunes or is skipped."""

from __future__ import annotations

from components.gcp.ledger import Champion


def decide_plan(
    key: str,
    champion: Champion | None,
    outcome: dict[str, object] | None,
    force: bool,
    shortage: str = "",
) -> tuple[str, str]:
    """`tune` or `skip`, with the reason.

    Args:
        key: The plan's key.
        champion: What serves now.
        outcome: What the same plan led to last time.
        force: True evaluates again; even then no job is paid for twice.
        shortage: Why there are not enough new examples; empty when there are.
    """
    if force:
        return "tune", "forced: existing tuning jobs are reused, the evaluation is made again"
    if champion and champion.plan_key == key:
        origin = f"release {champion.release}, run {champion.run_id}"
        return "skip", f"this data, models and rules already produced the champion ({origin})"
    if outcome and outcome.get("champion_model", "") == (champion.model if champion else ""):
        return (
            "skip",
            f"the same plan against the same champion ended with `{outcome['verdict']}` in run {outcome['run_id']}",
        )
    if shortage:
        return "skip", shortage
    return "tune", "no earlier run answered the same question"
