"""What a run's models and answers cost, line by line."""

from __future__ import annotations

from collections.abc import Sequence

from components.evaluation.evaluation import Evaluation
from components.evaluation.report_data import CostLine
from components.run_planning.plan import Plan
from components.step import Step
from components.supervised_tuning.paid_cost import paid_costs
from components.supervised_tuning.tuned_model import TunedModel


def bill(step: Step, plan: Plan, tuned: Sequence[TunedModel], evaluation: Evaluation) -> list[CostLine]:
    """Tuning, answers, judges and embeddings at list price."""
    return _tuning_costs(step, plan, tuned) + answer_costs(evaluation)


def _tuning_costs(step: Step, plan: Plan, tuned: Sequence[TunedModel]) -> list[CostLine]:
    """What was paid, which is more than planned when a job that the plan counted on was lost."""
    paid, models = paid_costs(step.ledger, step.run_id), {one.candidate.fingerprint: one for one in tuned}
    lines = []
    for candidate in plan.candidates:
        cost, model = paid.get(candidate.fingerprint), models.get(candidate.fingerprint)
        label = f"Tuning {candidate.label}"
        if model and model.adopted:
            lines.append(CostLine(label, 0.0, "reused, paid for by an earlier run"))
        elif cost:
            note = f"{cost.tokens:,} tokens, estimated{'' if model else '; no model came of it'}"
            lines.append(CostLine(label, cost.usd, note))
    return lines


def answer_costs(evaluation: Evaluation) -> list[CostLine]:
    """A line for the answers of every system, for each judge and for the embeddings."""
    lines = []
    for result in evaluation.systems:
        note = (
            f"{result.prompt_tokens + result.output_tokens:,} tokens; answers kept from earlier runs are not paid again"
        )
        lines.append(CostLine(f"Answers of {result.system.role} {result.system.name}", result.cost_usd, note))
    lines += [
        CostLine(
            f"Judge {one.name}",
            one.cost_usd,
            f"{one.questions:,} questions, estimated; kept verdicts are not paid again",
        )
        for one in evaluation.judges
    ]
    if evaluation.embedding is not None:
        note = f"{evaluation.embedding.texts:,} texts; kept vectors are not paid again"
        lines.append(CostLine(f"Embeddings by {evaluation.embedding.model}", evaluation.embedding.cost_usd, note))
    return lines
