"""The candidate on logged prompts, before a rollout begins."""

from __future__ import annotations

from components.endpoint_deployment.settings import ServingSettings
from components.errors import service_error
from components.shadow.shadow import run_shadow
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel


def check_on_logged_prompts(step: Step, tuned: TunedModel, compared_with: str) -> str:
    """The record's address in the ledger; empty where `serving.shadow` is not set or nothing serves yet.

    Only `worse` stops a release: the gate has already shown that the candidate is good enough, and more rows can be
    asked for where some lines are undecided. A release that is going to be refused for another reason pays for nothing.

    Args:
        step: The model line.
        tuned: The candidate.
        compared_with: Registry name of the champion that the candidate was compared with in the evaluation.

    Raises:
        RetuneError: `DEPLOY-SHADOW`, it does worse than the champion, which still serves; see `run_shadow` too.
    """
    settings = step.section("serving", ServingSettings).shadow
    seen = step.ledger.champion()
    if settings is None or seen is None or seen[0].model != compared_with or seen[0].model == tuned.model:
        return ""
    report, uri = run_shadow(step, tuned, settings.prompts, settings)
    for line in report.lines:
        print(line.sentence, flush=True)
    if report.worse:
        told = " ".join(line.sentence for line in report.worse)
        raise service_error(
            "DEPLOY-SHADOW",
            f"on {report.rows:,} logged prompts the candidate does worse than the champion. {told}",
            "the champion still serves; read the record, and change serving.shadow if that is to be allowed",
            uri,
        )
    return uri
