"""Which tuned version a person means by a run, by a registry name, or by nothing."""

from __future__ import annotations

import msgspec

from components.base_models.resolved import base_models
from components.errors import configuration_error
from components.evaluation.gate import Decision
from components.gcp.model_registry import ModelRegistry
from components.line_labels import LINE_LABEL
from components.model_registration.register import CANDIDATE_ALIAS
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel


def find_candidate(step: Step, wanted: str) -> TunedModel:
    """The tuned version, as a run of this model line recorded it.

    Args:
        step: The model line.
        wanted: Registry name with version, run, or empty for the newest version with the alias `candidate`.

    Raises:
        RetuneError: `SHADOW-CANDIDATE`, there is no such one, or several.
    """
    if not wanted:
        wanted = _newest(step)
    found = _of_model(step, wanted) if wanted.startswith("projects/") else _of_run(step, wanted)
    if len(found) != 1:
        raise configuration_error(
            "SHADOW-CANDIDATE",
            f"{len(found)} versions are meant by {wanted[:200] or 'no name at all'}"
            if found
            else "no run of this model line tuned such a version",
            "give --candidate with a run, or with the registry name and version of one of "
            + (", ".join(one.model for one in found) or "its versions"),
            wanted[:200] or "--candidate",
        )
    if found[0].candidate.base_model not in base_models(step.config):
        raise configuration_error(
            "SHADOW-CANDIDATE",
            f"the version was tuned from {found[0].candidate.base_model}, which the configuration does not name",
            "use the configuration that it was tuned with",
            found[0].model,
        )
    return found[0]


def _newest(step: Step) -> str:
    versions = ModelRegistry(step.cloud).labelled(LINE_LABEL, step.name[:63])
    candidates = [one for one in versions if CANDIDATE_ALIAS in one.aliases]
    newest = max(candidates, key=lambda one: one.created_at, default=None)
    return newest.model if newest else ""


def _of_model(step: Step, model: str) -> list[TunedModel]:
    """A version is found in the records of every run that came to it; they say the same of it."""
    for stored in step.storage.list(f"{step.ledger.root}/runs/"):
        if stored.uri.rpartition("/")[0].endswith("/tuned"):
            found = msgspec.json.decode(step.storage.read(stored.uri), type=TunedModel)
            if found.model == model:
                return [found]
    return []


def _of_run(step: Step, run: str) -> list[TunedModel]:
    if not run or "/" in run:
        return []
    tuned = step.ledger.read_folder(run, "tuned", TunedModel)
    decision = step.ledger.read_run(run, "decision.json", Decision)
    winners = [one for one in tuned if decision and one.candidate.fingerprint == decision.winner]
    return winners or tuned
