"""A replay of logged prompts against champion and candidate, and its record in the ledger."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from components.base_models.resolved import base_models
from components.errors import configuration_error
from components.evaluation.ask_contestant import tell_the_log
from components.evaluation.contestants import Contestant, find_contestants
from components.evaluation.gate_settings import GateSettings
from components.evaluation.judging.judge_answers import judge_answers
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings
from components.gcp.ledger import Champion
from components.shadow.compare import Both, agreements, compare_rows
from components.shadow.prompt_source import draw_prompts
from components.shadow.replay import replay
from components.shadow.settings import ShadowLimits
from components.shadow.shadow_page import render_shadow
from components.shadow.shadow_report import ShadowReport
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel


def run_shadow(
    step: Step,
    tuned: TunedModel,
    source: str,
    limits: ShadowLimits,
    tell: Callable[[str], None] = tell_the_log,
) -> tuple[ShadowReport, str]:
    """The report, and its address in the ledger, beside which is a page for people; nothing that serves is changed.

    Both are asked at the endpoints that tuning made for them, so the serving endpoint sees nothing of it. Answers are
    kept below `gs://BUCKET/NAME/shadow/`, apart from those of evaluations, because they are answers to people:
    `retune clean` removes them.

    Args:
        step: The model line.
        tuned: The candidate.
        source: Logged prompts, see `draw_prompts`.
        limits: How many, and how much worse the candidate may do.
        tell: Told how far it is, in a line.

    Raises:
        RetuneError: `SHADOW-CHAMPION`, there is nothing to compare with; `SHADOW-…`, see `draw_prompts`; `EVAL-…`, see
            `replay`; `SERVICE-…`.
    """
    champion = _champion(step, tuned)
    evaluation, gate = step.section("evaluation", EvaluationSettings), step.section("gate", GateSettings)
    sample = draw_prompts(source, step.storage, step.cloud.project, evaluation.seed, limits)
    contestants = _contestants(step, tuned, evaluation.seed)
    tell(f"replaying {len(sample.prompts)} logged prompts against champion and candidate")
    theirs, ours = replay(step.cloud.project, step.storage, contestants, sample.prompts, evaluation, tell)
    both = Both(theirs, ours, (contestants[0].system, contestants[1].system), evaluation, gate, limits)
    answers = [(contestants[0].system, theirs), (contestants[1].system, ours)]
    judged, judges = judge_answers(
        step.cloud.project,
        step.cloud.location,
        step.storage,
        f"{step.root}/shadow/verdicts",
        base_models(step.config),
        sample.prompts,
        answers,
        _without_references(evaluation),
        tell,
    )
    report = ShadowReport(
        candidate=tuned.model,
        champion=champion.model,
        release=champion.release,
        source=source,
        rows=len(sample.prompts),
        unreadable=sample.unreadable,
        seed=evaluation.seed,
        confidence=gate.confidence,
        lines=compare_rows(both, judged),
        agreements=agreements(both),
        finish_reasons={"champion": _reasons(theirs), "candidate": _reasons(ours)},
        judges=judges,
        cost_usd=_cost([*theirs, *ours]),
    )
    uri = step.ledger.write_shadow(_identity(report, sample.prompts), report)
    page = render_shadow(step.name, report).encode()
    step.storage.write(f"{uri.removesuffix('.json')}.html", page, content_type="text/html; charset=utf-8")
    return report, uri


def _champion(step: Step, tuned: TunedModel) -> Champion:
    seen = step.ledger.champion()
    if seen is None:
        raise configuration_error(
            "SHADOW-CHAMPION",
            "nothing serves yet, so there is nothing to compare with",
            "release a first version",
            f"{step.ledger.root}/champion.json",
        )
    if seen[0].model == tuned.model:
        raise configuration_error(
            "SHADOW-CHAMPION", "the candidate is what serves", "name another version with --candidate", tuned.model
        )
    return seen[0]


def _contestants(step: Step, tuned: TunedModel, seed: int) -> list[Contestant]:
    """Champion and candidate as an evaluation asks them, but with a place of their own for the answers."""
    found = find_contestants(step, [tuned], seed, checkpoints=False, answers="shadow/answers")
    return [one for role in ("champion", "candidate") for one in found if one.system.role == role]


def _without_references(evaluation: EvaluationSettings) -> EvaluationSettings:
    """Without the judges that are shown the wanted answer, because there is none."""
    judges = {name: judge for name, judge in evaluation.judges.items() if not judge.show_reference}
    return evaluation.model_copy(update={"judges": judges})


def _reasons(rows: Sequence[Row]) -> dict[str, int]:
    return dict(Counter(row.finish_reason for row in rows).most_common())


def _cost(rows: Sequence[Row]) -> float | None:
    costs = [row.cost_usd for row in rows]
    return None if None in costs else sum(cost for cost in costs if cost is not None)


def _identity(report: ShadowReport, prompts: Sequence[TestExample]) -> str:
    """The same two versions on the same prompts are the same replay, whose record is replaced."""
    asked = [prompt.request_hash for prompt in prompts]
    identity = msgspec.json.encode([report.candidate, report.champion, report.source, asked])
    return hashlib.sha256(identity).hexdigest()[:16]
