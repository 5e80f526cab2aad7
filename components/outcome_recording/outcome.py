"""The outcome of a run, as the ledger keeps it."""

from __future__ import annotations

import msgspec


class Outcome(msgspec.Struct, frozen=True):
    """How a run ended when no step failed.

    Attributes:
        run_id: The run.
        trigger: `manual`, `schedule`, `dataset`, `monitoring` or `promotion`.
        verdict: `promote`, `hold`, `inconclusive`, or `skipped` when the question had been answered before.
        reasons: Sentences, the decisive one first.
        plan_key: Identity of the plan.
        champion_model: What served when the verdict was reached, empty before the first promotion.
        serving_endpoint: Endpoint to call after this run; empty when nothing serves.
        report_uri: The report; for a skipped run that of the run which answered the question.
    """

    run_id: str
    trigger: str
    verdict: str
    reasons: list[str]
    plan_key: str
    champion_model: str
    serving_endpoint: str
    report_uri: str
