"""One screen on how a run ended: what failed, what it cost, what serves now, what to do."""

from __future__ import annotations

import msgspec

from components.errors import RetuneError
from components.evaluation.bill import answer_costs
from components.evaluation.evaluation import Evaluation
from components.evaluation.gate import Decision
from components.gcp.ledger import Ledger
from components.monitoring.history import RECORD
from components.monitoring.watch import Watch
from components.notification.measured import Measured, measured_by, measured_in
from components.outcome_recording.outcome import Outcome
from components.run_planning.plan import Plan
from components.supervised_tuning.paid_cost import paid_costs


class Failure(msgspec.Struct, frozen=True):
    """Why a task failed.

    Attributes:
        task: Name of the task.
        code: The error's stable code.
        message: What is wrong.
        where: The offending file and line, configuration key or resource; empty when there is none.
        next_step: What to do.
        exit_code: Exit status of the command line for it.
    """

    task: str
    code: str
    message: str
    where: str
    next_step: str
    exit_code: int


class RunSummary(msgspec.Struct, frozen=True):
    """How a run ended.

    Attributes:
        run_id: The run.
        state: `SUCCEEDED`, `FAILED` or `CANCELLED`, as the pipeline service says.
        verdict: `promote`, `hold`, `inconclusive` or `skipped`; of a watch `steady`, `worse`, `retrain`,
            `unwatched` or `unmeasured`; empty when the run did not get there.
        reasons: The gate's, the planner's or the watch's sentences.
        failures: Every recorded failure, the first one first.
        tuning_usd: Estimated list price of the tuning jobs that this run started, US dollars, failed ones included;
            None when it did not get as far as a plan.
        serving_model: Registry name of the version that serves now; empty when none does.
        serving_endpoint: Endpoint to call; empty when nothing serves.
        report_uri: The report; empty when there is none.
        warnings: From planning.
        measured: What the gate decided by, or the watch compared, with intervals.
        evaluation_usd: Estimated cost of what this run or watch asked for, judges and embeddings included, US dollars;
            None when it asked for nothing that it knows the price of.
        undelivered: Channels that could not be told, and why.
    """

    run_id: str
    state: str
    verdict: str
    reasons: list[str]
    failures: list[Failure]
    tuning_usd: float | None
    serving_model: str
    serving_endpoint: str
    report_uri: str
    warnings: list[str]
    measured: list[Measured] = []
    evaluation_usd: float | None = None
    undelivered: list[Failure] = []

    def costs(self) -> dict[str, float]:
        """What is known to have been spent, US dollars by what it was spent on."""
        parts = {"tuning": self.tuning_usd, "answers": self.evaluation_usd}
        return {what: usd for what, usd in parts.items() if usd is not None}


def summarise(ledger: Ledger, run_id: str, state: str) -> RunSummary:
    """The summary, from what the run's tasks left in the ledger."""
    outcome = ledger.read_run(run_id, "outcome.json", Outcome)
    plan = ledger.read_run(run_id, "plan.json", Plan)
    evaluation = ledger.read_run(run_id, "evaluation.json", Evaluation)
    decision = ledger.read_run(run_id, "decision.json", Decision)
    watch = ledger.read_run(run_id, RECORD, Watch)
    seen = ledger.champion()
    return RunSummary(
        run_id=run_id,
        state=state,
        verdict=outcome.verdict if outcome else watch.finding if watch else "",
        reasons=outcome.reasons if outcome else watch.sentences() if watch else [],
        # The notification comes last and is never the cause of what failed before it.
        failures=[
            failure_of(task, error)
            for task, error in sorted(ledger.errors(run_id).items(), key=lambda one: one[0] == "notify")
        ],
        tuning_usd=sum(cost.usd or 0.0 for cost in paid_costs(ledger, run_id).values()) if plan else None,
        serving_model=seen[0].model if seen else "",
        serving_endpoint=seen[0].endpoint if seen else "",
        report_uri=outcome.report_uri if outcome else "",
        warnings=plan.warnings if plan else watch.remarks if watch else [],
        measured=_measured(evaluation, decision, watch),
        evaluation_usd=_answers_usd(plan, evaluation, watch),
    )


def _answers_usd(plan: Plan | None, evaluation: Evaluation | None, watch: Watch | None) -> float | None:
    if plan is None:
        return watch.cost_usd if watch else None
    if plan.decision != "tune":
        return 0.0
    if plan.evaluation_usd or evaluation is None:
        return plan.evaluation_usd
    # A promotion estimates nothing beforehand.
    return sum(line.usd or 0.0 for line in answer_costs(evaluation))


def _measured(evaluation: Evaluation | None, decision: Decision | None, watch: Watch | None) -> list[Measured]:
    if evaluation and decision:
        return measured_in(evaluation, decision)
    return measured_by(watch) if watch else []


def failure_of(task: str, error: RetuneError) -> Failure:
    """The error of a task."""
    return Failure(task, error.code, error.message, error.where, error.next_step, int(error.exit_code))
